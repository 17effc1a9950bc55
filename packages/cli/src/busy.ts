/**
 * A line on the terminal that shows what takes long. It goes to standard error, so that it never mixes
 * with piped output, and only if that is a terminal.
 */
import type { WriteStream } from 'node:tty';

/** What `process.stderr` is. */
export type Terminal = Pick<WriteStream, 'isTTY' | 'columns' | 'write'>;

/** Shorter work shows nothing. */
const silentMs = 500;
const everyMs = 250;
const clearLine = '\r\u001b[K';

export class Busy implements Disposable {
  readonly #terminal: Terminal;
  readonly #nowMs: () => number;
  readonly #timer: NodeJS.Timeout | undefined;
  #text = '';
  #sinceMs = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #isShown = false;
  #isOver = false;

  constructor(terminal: Terminal = process.stderr, nowMs = (): number => performance.now()) {
    this.#terminal = terminal;
    this.#nowMs = nowMs;
    if (terminal.isTTY) this.#timer = setInterval(() => this.#draw(), everyMs).unref();
  }

  /** Shows another piece of work; its time counts from now. */
  begin(text: string): void {
    this.#text = text;
    this.#sinceMs = this.#nowMs();
    if (this.#isShown) this.#draw();
  }

  /** Shows progress. Cheap enough to call at each of many steps. */
  update(text: string): void {
    this.#text = text;
    if (this.#nowMs() - this.#drawnMs >= everyMs) this.#draw();
  }

  /** Clears the line, so that output can be written; the next drawing restores it. */
  clear(): void {
    if (this.#isShown) this.#terminal.write(clearLine);
    this.#isShown = false;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.clear();
    this.#isOver = true;
  }

  #draw(): void {
    const nowMs = this.#nowMs();
    const forMs = nowMs - this.#sinceMs;
    const isWanted = this.#terminal.isTTY && this.#text !== '' && !this.#isOver;
    if (!isWanted || forMs < silentMs) return;
    this.#drawnMs = nowMs;
    this.#isShown = true;
    const line = `${this.#text} (${Math.floor(forMs / 1000)}s)`;
    // A line that wraps could not be cleared. Some terminals report 0 columns.
    const width = this.#terminal.columns || 80;
    this.#terminal.write(`${clearLine}${line.slice(0, width - 1)}`);
  }
}
