/**
 * One process's series of binary files in a run's directory, as the router and the hosts of nodes
 * write it.
 *
 * Records are buffered in memory; `flush` writes them, with one write, before any effect that they
 * describe leaves the process. So a killed process has recorded everything that had an effect. A full
 * disk ends the recording, never the process. A file is closed at a fixed size. When all files together
 * take too much space, the oldest are removed and that is reported. Each file has its own words and can
 * be read alone.
 */
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beginningOf } from './beginning.ts';
import { traceMagic, wordBytesMax, writeWordRecord } from './record.ts';

export interface RecordFilesOptions {
  readonly dir: string;
  /** Name of the series: its files are `series-1.bin`, `series-2.bin`, … */
  readonly series: string;
  /** Writes the header of each file; returns where it ends. */
  readonly head?: (buffer: Buffer, start: number) => number;
  /**
   * Prefix of the names of all files that share the limit: those of earlier series of the same node,
   * `family2-1.bin`, and those of this one. Default: this series alone.
   */
  readonly family?: string;
  /** A file that has reached this size is closed. */
  readonly fileBytesMax: number;
  /** All files together take no more than this number of full ones. A small file counts as its size. */
  readonly filesMax: number;
  /** Called when the limit has removed files. */
  readonly onDiscarded?: (discarded: Discarded) => void;
  /** Called once, when nothing more can be recorded. */
  readonly onStopped: (error: NodeJS.ErrnoException) => void;
}

/** What the limit has removed. */
export interface Discarded {
  readonly files: number;
  readonly bytes: number;
  /** True time of the first removed record, and of the first one left; null: unknown. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

interface OlderFile {
  readonly name: string;
  readonly bytes: number;
}

/** The disk space that a file takes at least, however little it holds. */
const blockBytes = 4096;
const gatherBytes = 256 * 1024;
/** A program that invents a message type for every message must not grow the process. */
const wordsMax = 100_000;

export class RecordFiles {
  readonly #options: RecordFilesOptions;
  readonly #words = new Map<string, number>();
  buffer = Buffer.allocUnsafeSlow(gatherBytes);
  #end = 0;
  #file: number | undefined;
  #fileNumber: number;
  /** Files that share the limit, oldest first, without the current one. */
  readonly #older: OlderFile[];
  #fileBytes = 0;

  /** Throws if the directory cannot be read. Numbers its files after those of an earlier process. */
  constructor(options: RecordFilesOptions) {
    this.#options = options;
    this.#older = olderFiles(options);
    this.#fileNumber = lastNumber(options.series, this.#older);
    this.#guard(() => this.#openNext());
  }

  get isRecording(): boolean {
    return this.#file !== undefined;
  }

  /** Where in `buffer` a record of up to this many bytes may be written; `commit` its end. */
  reserve(bytes: number): number {
    if (this.#end + bytes > this.buffer.length) {
      // Words that a record refers to come before it in the same file, so a full buffer is written
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
    const { dir, head } = this.#options;
    if (this.#file !== undefined) {
      closeSync(this.#file);
      this.#older.push({ name: this.#name(this.#fileNumber), bytes: this.#fileBytes });
    }
    this.#file = undefined;
    this.#fileNumber++;
    this.#words.clear();
    this.#file = openSync(join(dir, this.#name(this.#fileNumber)), 'ax', 0o600);
    traceMagic.copy(this.buffer);
    const end = head?.(this.buffer, traceMagic.length) ?? traceMagic.length;
    this.#fileBytes = writeSync(this.#file, this.buffer, 0, end);
    this.#discard();
  }

  /** Removes the oldest files until there is room for a full one. */
  #discard(): void {
    const { dir, fileBytesMax, filesMax, onDiscarded } = this.#options;
    const counted = ({ bytes }: OlderFile): number =>
      Math.min(fileBytesMax, Math.max(blockBytes, bytes));
    let excess = this.#older.reduce((sum, file) => sum + counted(file), 0);
    excess -= (filesMax - 1) * fileBytesMax;
    if (excess <= 0) return;
    const gone: OlderFile[] = [];
    while (excess > 0) {
      const oldest = this.#older.shift()!;
      excess -= counted(oldest);
      gone.push(oldest);
    }
    const beganMs = (name: string): number | null => beginningOf(join(dir, name)) ?? null;
    const fromMs = beganMs(gone[0]!.name);
    const untilMs = beganMs(this.#older[0]?.name ?? this.#name(this.#fileNumber));
    for (const { name } of gone) rmSync(join(dir, name), { force: true });
    const bytes = gone.reduce((sum, file) => sum + file.bytes, 0);
    onDiscarded?.({ files: gone.length, bytes, fromMs, untilMs });
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
}

/** The files of earlier processes that share the limit, oldest first. */
function olderFiles({ dir, series, family = `${series}-` }: RecordFilesOptions): OlderFile[] {
  return readdirSync(dir)
    .flatMap((name) => {
      const [, earlier = '0', number] = name.startsWith(family)
        ? (/^(?:(\d+)-)?(\d+)\.bin$/.exec(name.slice(family.length)) ?? [])
        : [];
      if (number === undefined) return [];
      const bytes = statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0;
      return [{ name, bytes, earlier: Number(earlier), number: Number(number) }];
    })
    .sort((a, b) => a.earlier - b.earlier || a.number - b.number);
}

/** The number of the last file of the series; 0: none. */
function lastNumber(series: string, files: readonly OlderFile[]): number {
  const numbers = files.map(({ name }) =>
    name.startsWith(`${series}-`)
      ? Number(/^(\d+)\.bin$/.exec(name.slice(series.length + 1))?.[1] ?? 0)
      : 0,
  );
  return Math.max(0, ...numbers);
}
