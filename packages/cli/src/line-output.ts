/**
 * Lines for a reader that may stop reading: a terminal held with Ctrl-S, a pipe whose other end is busy.
 * Unread lines wait up to a bound; beyond it lines are skipped and counted, and the writing process
 * continues.
 */
import type { WriteStream } from 'node:tty';

const waitingBytesMax = 256 * 1024;

/** What `process.stdout` is: a terminal, a pipe or a file. */
export type Output = NodeJS.WritableStream & Pick<WriteStream, 'writableLength'>;

export class LineOutput {
  readonly #stream: Output;
  readonly #skipped: (count: number) => string;
  #count = 0;

  /** `skipped` words the line that replaces the skipped ones. */
  constructor(stream: Output, skipped: (count: number) => string) {
    this.#stream = stream;
    this.#skipped = skipped;
    // Node's writes to terminals block, so the whole process stands still while nothing reads.
    const { _handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } };
    _handle?.setBlocking?.(false);
  }

  write(line: string): void {
    if (this.#count === 0 && this.#stream.writableLength <= waitingBytesMax) {
      this.#stream.write(`${line}\n`);
      return;
    }
    if (this.#count === 0) this.#stream.once('drain', this.#goOn);
    this.#count++;
  }

  readonly #goOn = (): void => {
    this.#stream.write(`${this.#skipped(this.#count)}\n`);
    this.#count = 0;
  };
}
