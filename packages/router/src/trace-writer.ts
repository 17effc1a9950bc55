/**
 * Writes the recording of a router to files of the run's directory.
 *
 * Records gather in memory during one turn of the event loop; `flush` writes them before the turn's
 * frames leave, so that a killed router has recorded whatever it delivered. A full disk ends the
 * recording, never the router. Files are cut at a size and the oldest go when there are too many.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FateToWrite,
  fateRecordBytesMax,
  linkRecordBytes,
  startRecordBytes,
  traceMagic,
  wordBytesMax,
  writeFateRecord,
  writeLinkRecord,
  writeStartRecord,
  writeWordRecord,
} from '@faultline/protocol';

export interface TraceWriterOptions {
  readonly dir: string;
  readonly fileBytesMax?: number;
  readonly filesMax?: number;
  /** Called once, when nothing more can be recorded. */
  readonly onStopped: (error: NodeJS.ErrnoException) => void;
}

const gatherBytes = 256 * 1024;
/** A program that makes up a message type for every message must not grow the router. */
const wordsMax = 100_000;

export class TraceWriter {
  readonly #dir: string;
  readonly #fileBytesMax: number;
  readonly #filesMax: number;
  readonly #onStopped: (error: NodeJS.ErrnoException) => void;
  readonly #buffer = Buffer.allocUnsafeSlow(gatherBytes);
  readonly #words = new Map<string, number>();
  #end = 0;
  #file: number | undefined;
  #fileNumber: number;
  #fileBytes = 0;

  constructor(options: TraceWriterOptions) {
    this.#dir = options.dir;
    this.#fileBytesMax = options.fileBytesMax ?? 128 * 1024 * 1024;
    this.#filesMax = options.filesMax ?? 8;
    this.#onStopped = options.onStopped;
    mkdirSync(this.#dir, { recursive: true });
    this.#fileNumber = Math.max(0, ...traceFileNumbers(this.#dir));
    this.#guard(() => this.#openNext());
  }

  get isRecording(): boolean {
    return this.#file !== undefined;
  }

  /** The number by which records refer to a text; 0 for the empty one. */
  word(text: string): number {
    if (text === '') return 0;
    const known = this.#words.get(text);
    if (known !== undefined) return known;
    const id = this.#words.size + 1;
    this.#words.set(text, id);
    this.#room(7 + wordBytesMax);
    this.#end = writeWordRecord(this.#buffer, this.#end, id, text);
    return id;
  }

  fate(record: FateToWrite): void {
    this.#room(fateRecordBytesMax(record));
    this.#end = writeFateRecord(this.#buffer, this.#end, record);
  }

  link(up: boolean, name: string, incarnation: number, seq: number, atMs: number): void {
    const id = this.word(name);
    this.#room(linkRecordBytes);
    this.#end = writeLinkRecord(this.#buffer, this.#end, { up, name: id, incarnation, seq, atMs });
  }

  /** A router process begins. */
  start(atMs: number): void {
    this.#room(startRecordBytes);
    this.#end = writeStartRecord(this.#buffer, this.#end, atMs);
    this.flush();
  }

  flush(): void {
    if (this.#end === 0) return;
    this.#write();
    const isFull = this.#fileBytes > this.#fileBytesMax || this.#words.size > wordsMax;
    if (isFull && this.isRecording) this.#guard(() => this.#openNext());
  }

  #room(bytes: number): void {
    // Words that a record refers to stand before it in the same file, so a full buffer is written
    // to the same file and only `flush`, between turns, starts the next one.
    if (this.#end + bytes > this.#buffer.length) this.#write();
  }

  #write(): void {
    const end = this.#end;
    this.#end = 0;
    if (this.#file === undefined) return;
    this.#guard(() => {
      for (let at = 0; at < end; ) at += writeSync(this.#file!, this.#buffer, at, end - at);
      this.#fileBytes += end;
    });
  }

  #openNext(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#fileNumber++;
    this.#words.clear();
    this.#file = openSync(join(this.#dir, `trace-${this.#fileNumber}.bin`), 'ax', 0o600);
    this.#fileBytes = writeSync(this.#file, traceMagic);
    for (const number of traceFileNumbers(this.#dir)) {
      if (number <= this.#fileNumber - this.#filesMax) {
        rmSync(join(this.#dir, `trace-${number}.bin`), { force: true });
      }
    }
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (this.#file !== undefined) closeSync(this.#file);
      this.#file = undefined;
      this.#onStopped(error as NodeJS.ErrnoException);
    }
  }
}

function traceFileNumbers(dir: string): number[] {
  return readdirSync(dir).flatMap((name) => {
    const match = /^trace-(\d+)\.bin$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
}
