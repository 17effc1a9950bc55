/**
 * Lines for somebody who may stop reading: a terminal held with Ctrl-S, a pipe whose other end is
 * busy. What is not read waits up to a bound; from then on lines are left out and counted, and the
 * process that writes goes on.
 */
import type { WriteStream } from 'node:tty';

const waitingBytesMax = 256 * 1024;

/** What `process.stdout` is: a terminal, a pipe or a file. */
export type Output = NodeJS.WritableStream & Pick<WriteStream, 'writableLength'>;

export class LineOutput {
  readonly #stream: Output;
  readonly #leftOut: (count: number) => string;
  #count = 0;

  /** `leftOut` words the line that stands in for those that were left out. */
  constructor(stream: Output, leftOut: (count: number) => string) {
    this.#stream = stream;
    this.#leftOut = leftOut;
    // Node writes to terminals blocking, and all of the process stands still while nobody reads.
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
    this.#stream.write(`${this.#leftOut(this.#count)}\n`);
    this.#count = 0;
  };
}
