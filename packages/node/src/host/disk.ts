/** A node's disk: files of records, by name. */
import { FaultlineError, type Json } from '@faultline/protocol';
import type { Disk } from '../port.ts';
import type { DiskTrouble } from './disk-faults.ts';
import { DiskFile } from './disk-file.ts';

export class HostDisk implements Disk {
  readonly #dir: string;
  readonly #onWrite: () => void;
  readonly #trouble: DiskTrouble | undefined;
  readonly #files = new Map<string, DiskFile>();

  /** `onWrite` is called before something is written. Without trouble the disk is as the machine's. */
  constructor(dir: string, onWrite: () => void = () => {}, trouble?: DiskTrouble) {
    this.#dir = dir;
    this.#onWrite = onWrite;
    this.#trouble = trouble;
  }

  append(file: string, record: Json): void {
    this.#file(file).append(record);
  }

  async sync(file: string): Promise<void> {
    this.#onWrite();
    await this.#file(file).sync();
  }

  read<Appended extends Json>(file: string): Appended[] {
    return this.#file(file).read<Appended>();
  }

  async replace(file: string, records: readonly Json[]): Promise<void> {
    this.#onWrite();
    await this.#file(file).replace(records);
  }

  #file(name: string): DiskFile {
    let file = this.#files.get(name);
    if (file === undefined) {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
        throw new FaultlineError(
          'BAD_REQUEST',
          `a disk file name has letters, digits, dots and dashes, got ${JSON.stringify(name)}`,
          { name },
        );
      }
      file = new DiskFile(this.#dir, name, this.#trouble);
      this.#files.set(name, file);
    }
    return file;
  }
}
