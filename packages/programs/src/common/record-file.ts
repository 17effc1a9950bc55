/**
 * A file of records that does not grow forever: when it holds four times as many as would say the same,
 * those take their place. After a kill meanwhile the file is the old or the new one.
 */
import type { Json, Node } from '@faultline/node';

export interface RecordFileOptions<R extends Json> {
  readonly name: string;
  /** Records that come to what all those come to that were appended until now. */
  readonly live: () => readonly R[];
  /** A file with fewer records than this is left as it is. */
  readonly recordsMin?: number | undefined;
}

const wasteful = 4;

/** `R` is what its records are. */
export class RecordFile<R extends Json = Json> {
  readonly #node: Node;
  readonly #options: RecordFileOptions<R>;
  readonly #recordsMin: number;
  #count = 0;
  #compactAt: number;
  #isCompacting = false;

  constructor(node: Node, options: RecordFileOptions<R>) {
    this.#node = node;
    this.#options = options;
    this.#recordsMin = options.recordsMin ?? 1000;
    this.#compactAt = this.#recordsMin;
  }

  /** To be called once, before anything else. */
  read(): R[] {
    const records = this.#node.disk.read<R>(this.#options.name);
    this.#count = records.length;
    return records;
  }

  append(record: R): void {
    this.#node.disk.append(this.#options.name, record);
    this.#count++;
  }

  sync(): Promise<void> {
    return this.#node.disk.sync(this.#options.name);
  }

  /** To be called when `live` knows of all records. What is appended from then on stays behind it. */
  compact(): void {
    if (this.#isCompacting || this.#count < this.#compactAt) return;
    const live = this.#options.live();
    this.#compactAt = Math.max(this.#recordsMin, wasteful * live.length);
    if (this.#count >= this.#compactAt) void this.#replace(live);
  }

  async #replace(live: readonly R[]): Promise<void> {
    const { disk, log } = this.#node;
    const before = this.#count;
    this.#isCompacting = true;
    try {
      await disk.replace(this.#options.name, live);
      this.#count -= before - live.length;
    } catch (error) {
      // The old records are still there, and it is tried again when there are as many more.
      this.#compactAt += before;
      log.warn({ err: error }, `the file ${this.#options.name} was not compacted`);
    }
    this.#isCompacting = false;
  }
}
