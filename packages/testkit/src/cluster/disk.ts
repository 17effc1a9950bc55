/** What may be done to the disks of nodes. Each ends with a disk without faults. */
import type { OptionsOf } from '@faultline/actions';
import type { Fault } from './fault.ts';

type DiskChange = OptionsOf<'disk'>;

export class TestDisk {
  readonly #change: (change: DiskChange) => Promise<Fault>;

  constructor(change: (change: DiskChange) => Promise<Fault>) {
    this.#change = change;
  }

  /** Each write takes so long: `20ms`, `lognormal 5ms p99 200ms`. */
  slow(delay: string): Promise<Fault> {
    return this.#change({ slow: delay });
  }

  /** Every write fails with DISK_FULL. */
  full(): Promise<Fault> {
    return this.#change({ full: true });
  }

  /** This share of writes fails with DISK_ERROR: `10%`. */
  fail(share: string): Promise<Fault> {
    return this.#change({ error: share });
  }

  /** A process that ends leaves its last unsynced record in part. */
  tear(): Promise<Fault> {
    return this.#change({ torn: true });
  }

  /** At once, one bit of a record in this file is another; `*`: in any of its files. It stays so. */
  flip(file: string): Promise<Fault> {
    return this.#change({ flip: file });
  }
}
