/** Faults of the disks of nodes. Undoing one ends only that fault. */
import type { OptionsOf } from '@faultline/actions';
import type { Fault } from './fault.ts';

type DiskChange = OptionsOf<'disk'>;

export class TestDisk {
  readonly #change: (change: DiskChange) => Promise<Fault>;

  constructor(change: (change: DiskChange) => Promise<Fault>) {
    this.#change = change;
  }

  /** Delays each write: `20ms`, `lognormal 5ms p99 200ms`. */
  slow(delay: string): Promise<Fault> {
    return this.#change({ slow: delay });
  }

  /** Makes every write fail with DISK_FULL. */
  full(): Promise<Fault> {
    return this.#change({ full: true });
  }

  /** Makes this share of writes fail with DISK_ERROR: `10%`. */
  fail(share: string): Promise<Fault> {
    return this.#change({ error: share });
  }

  /** Makes a process that ends leave its last unsynced record torn. */
  tear(): Promise<Fault> {
    return this.#change({ torn: true });
  }

  /** Flips one bit of a record in this file at once; `*`: in any file. The change is permanent. */
  flip(file: string): Promise<Fault> {
    return this.#change({ flip: file });
  }
}
