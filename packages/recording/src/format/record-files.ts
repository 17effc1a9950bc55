/**
 * One process's series of binary files in a run's directory: what the router and the hosts of nodes
 * have in common when they record.
 *
 * Records gather in memory; `flush` writes them, with one write, before anything leaves the process
 * that they tell of. So a killed process has recorded whatever had an effect. A full disk ends the
 * recording, never the process. Files are cut at a size, and the oldest go when there are too many.
 * Each file can be read alone: words are written anew in each.
 */
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { traceMagic, wordBytesMax, writeWordRecord } from './record.ts';

export interface RecordFilesOptions {
  readonly dir: string;
  /** Of the series: its files are `series-1.bin`, `series-2.bin`, … */
  readonly series: string;
  /** Writes what stands first in each file; returns where it ends. */
  readonly head?: (buffer: Buffer, start: number) => number;
  readonly fileBytesMax: number;
  readonly filesMax: number;
  /** Called once, when nothing more can be recorded. */
  readonly onStopped: (error: NodeJS.ErrnoException) => void;
}

const gatherBytes = 256 * 1024;
/** A program that makes up a message type for every message must not grow the process. */
const wordsMax = 100_000;

export class RecordFiles {
  readonly #options: RecordFilesOptions;
  readonly #words = new Map<string, number>();
  buffer = Buffer.allocUnsafeSlow(gatherBytes);
  #end = 0;
  #file: number | undefined;
  #fileNumber: number;
  #fileBytes = 0;

  /** Throws where the directory cannot be read. Goes on behind what an earlier process has written. */
  constructor(options: RecordFilesOptions) {
    this.#options = options;
    this.#fileNumber = Math.max(0, ...this.#numbers());
    this.#guard(() => this.#openNext());
  }

  get isRecording(): boolean {
    return this.#file !== undefined;
  }

  /** Where a record of up to so many bytes may be written in `buffer`; `commit` its end. */
  reserve(bytes: number): number {
    if (this.#end + bytes > this.buffer.length) {
      // Words that a record refers to stand before it in the same file, so a full buffer is written
      // to the same file and only `flush` starts the next one.
      this.#write();
      if (bytes > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(2 * bytes);
    }
    return this.#end;
  }

  commit(end: number): void {
    this.#end = end;
  }

  /** The number by which records refer to a text; 0 for the empty one. */
  word(text: string): number {
    if (text === '') return 0;
    const known = this.#words.get(text);
    if (known !== undefined) return known;
    const id = this.#words.size + 1;
    this.#words.set(text, id);
    const start = this.reserve(7 + wordBytesMax);
    this.commit(writeWordRecord(this.buffer, start, id, text));
    return id;
  }

  flush(): void {
    if (this.#end === 0) return;
    this.#write();
    const isFull = this.#fileBytes > this.#options.fileBytesMax || this.#words.size > wordsMax;
    if (isFull && this.isRecording) this.#guard(() => this.#openNext());
  }

  #write(): void {
    const end = this.#end;
    this.#end = 0;
    if (this.#file === undefined) return;
    this.#guard(() => {
      for (let at = 0; at < end; ) at += writeSync(this.#file!, this.buffer, at, end - at);
      this.#fileBytes += end;
    });
  }

  #openNext(): void {
    const { dir, head, filesMax } = this.#options;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#fileNumber++;
    this.#words.clear();
    this.#file = openSync(join(dir, this.#name(this.#fileNumber)), 'ax', 0o600);
    traceMagic.copy(this.buffer);
    const end = head?.(this.buffer, traceMagic.length) ?? traceMagic.length;
    this.#fileBytes = writeSync(this.#file, this.buffer, 0, end);
    for (const number of this.#numbers()) {
      if (number <= this.#fileNumber - filesMax) {
        rmSync(join(dir, this.#name(number)), { force: true });
      }
    }
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (this.#file !== undefined) closeSync(this.#file);
      this.#file = undefined;
      this.#options.onStopped(error as NodeJS.ErrnoException);
    }
  }

  #name(number: number): string {
    return `${this.#options.series}-${number}.bin`;
  }

  #numbers(): number[] {
    const { dir, series } = this.#options;
    return readdirSync(dir).flatMap((name) => {
      const number = name.startsWith(`${series}-`)
        ? /^(\d+)\.bin$/.exec(name.slice(series.length + 1))
        : null;
      return number === null ? [] : [Number(number[1])];
    });
  }
}
