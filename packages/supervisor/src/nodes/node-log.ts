/**
 * A node's output, line by line: in a file of bounded size, with the latest lines also in memory.
 *
 * A program may print garbage without end. Lines have a maximum length. If a node prints too fast, its
 * output is not read for a moment: its pipe fills and it blocks, with no effect on other nodes.
 */
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

const lineCharsMax = 8192;
const linesKept = 1000;
const fileBytesMax = 8 * 1024 * 1024;
/** About 2.5 MB/s: more than a person can read, and cheap to process. */
const bytesPerTick = 256 * 1024;
const tickMs = 100;

export interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

export class NodeLog {
  readonly #path: string;
  readonly #now: () => number;
  readonly #lines: LogLine[] = [];
  #file: number | undefined;
  #fileBytes = 0;

  /** Writes lines to `path`. A full file is renamed to `path.1`, which replaces the previous one. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  latest(count: number): LogLine[] {
    return this.#lines.slice(-count);
  }

  /** Reads a process's output; drops lines for which `keep` returns false. */
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

  /** Adds text that a node reports by other means than its output, such as the reason for a crash. */
  add(text: string): void {
    this.#add(text.split('\n'));
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Adds the lines of one chunk together: there may be tens of thousands of empty ones. */
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
