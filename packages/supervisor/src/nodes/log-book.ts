/**
 * What a node prints, line by line: kept in a file of bounded size, and the latest lines in memory.
 *
 * A program may print garbage, endlessly. A line is cut at a length, and a node that prints faster
 * than a bound is not read for a moment: its pipe fills and it waits, and nobody else notices.
 */
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

const lineCharsMax = 8192;
const linesKept = 1000;
const fileBytesMax = 8 * 1024 * 1024;
/** Two and a half megabytes a second, which is more than anybody reads and little work. */
const bytesPerTick = 256 * 1024;
const tickMs = 100;

export interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

export class LogBook {
  readonly #path: string;
  readonly #now: () => number;
  readonly #lines: LogLine[] = [];
  #file: number | undefined;
  #fileBytes = 0;

  /** Lines go to `path`, and from time to time to `path.1`, which is written over. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  latest(count: number): LogLine[] {
    return this.#lines.slice(-count);
  }

  /** Reads a process's output; lines that `keep` says no to are left out. */
  read(stream: Readable, keep: (line: string) => boolean = () => true): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    let bytesThisTick = 0;
    let tickEndMs = 0;
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop()!;
      if (rest.length > lineCharsMax) {
        lines.push(rest);
        rest = '';
      }
      this.#add(lines.filter(keep));
      const nowMs = performance.now();
      if (nowMs > tickEndMs) {
        tickEndMs = nowMs + tickMs;
        bytesThisTick = 0;
      }
      bytesThisTick += chunk.length;
      if (bytesThisTick > bytesPerTick) {
        stream.pause();
        setTimeout(() => stream.resume(), tickMs).unref();
      }
    });
    stream.on('end', () => {
      if (rest !== '' && keep(rest)) this.#add([rest]);
    });
    stream.on('error', () => {});
  }

  /** What a node reports by another way than its output, such as why it crashed. */
  add(text: string): void {
    this.#add(text.split('\n'));
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Takes the lines of one piece of output together: it may be tens of thousands of empty ones. */
  #add(texts: readonly string[]): void {
    if (texts.length === 0) return;
    const atMs = this.#now();
    const cut = texts.map((text) =>
      text.length > lineCharsMax ? `${text.slice(0, lineCharsMax)}…` : text,
    );
    for (const text of cut.slice(-linesKept)) this.#lines.push({ atMs, text });
    if (this.#lines.length > 2 * linesKept) this.#lines.splice(0, this.#lines.length - linesKept);
    this.#write(`${cut.join('\n')}\n`);
  }

  #write(text: string): void {
    try {
      if (this.#file === undefined) {
        this.#file = openSync(this.#path, 'a', 0o600);
        this.#fileBytes = statSync(this.#path).size;
      }
      this.#fileBytes += writeSync(this.#file, text);
      if (this.#fileBytes > fileBytesMax) {
        this.close();
        renameSync(this.#path, `${this.#path}.1`);
      }
    } catch {
      // A full disk loses the file, not the lines in memory and never the node.
    }
  }
}
