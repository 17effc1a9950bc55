/**
 * One file of a node's disk.
 *
 * Appended records stay in this process until `sync` writes them and the operating system says that
 * they are on the medium. So a kill loses exactly what was not synced, which a real machine does
 * when it loses power and a killed process alone would not.
 */
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultlineError, type Json } from '@faultline/protocol';
import type { DiskTrouble } from './disk-faults.ts';
import { type Contents, diskError, formatLine, parseLine, readLines } from './disk-line.ts';

export class DiskFile {
  readonly #dir: string;
  readonly #name: string;
  readonly #trouble: DiskTrouble | undefined;
  readonly #path: string;
  /** Where `replace` gathers the new records. No file of a program begins with a dot. */
  readonly #nextPath: string;
  /** All records in order, synced or not, as lines. */
  #lines: string[];
  /** Number of records on disk: the first ones. */
  #synced: number;
  /**
   * Where those end. What lies behind is the beginning of a record that was torn, or of those that the
   * next sync will write again; either way it is written over.
   */
  #bytes: number;
  /** What lies behind is of an earlier process, and may be longer than what is written over it. */
  #hasTail: boolean;
  /** The records are unreadable: every method except `replace` throws this. */
  #corrupt: FaultlineError | undefined;
  /** Writes that were tried, by which faults know each. */
  #writes = 0;
  #replacing = 0;
  /** Counts the records ever appended, by which `replace` knows those that came after it. */
  #appended = 0;
  /** Writes happen one after the other. */
  #last: Promise<void> = Promise.resolve();

  /** Throws DISK_ERROR. */
  constructor(dir: string, name: string, trouble: DiskTrouble | undefined) {
    this.#dir = dir;
    this.#name = name;
    this.#trouble = trouble;
    this.#path = join(dir, name);
    this.#nextPath = join(dir, `.${name}.next`);
    const { lines, bytes, hasTail } = this.#read();
    this.#lines = lines;
    this.#synced = lines.length;
    this.#bytes = bytes;
    this.#hasTail = hasTail;
  }

  append(record: Json): void {
    this.#requireSound();
    this.#lines.push(formatLine(record));
    this.#appended++;
    this.#tear();
  }

  read<Appended extends Json>(): Appended[] {
    this.#requireSound();
    return this.#lines.map((line) => parseLine<Appended>(line));
  }

  sync(): Promise<void> {
    return this.#inTurn(async () => {
      this.#requireSound();
      const lines = this.#lines.slice(this.#synced);
      if (lines.length === 0) return;
      await this.#trouble?.meet(this.#name, ++this.#writes);
      const bytes = Buffer.from(lines.join(''));
      await mkdir(this.#dir, { recursive: true });
      const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        if (this.#hasTail) await file.truncate(this.#bytes);
        this.#hasTail = false;
        for (let at = 0; at < bytes.length; ) {
          const { bytesWritten } = await file.write(bytes, at, bytes.length - at, this.#bytes + at);
          at += bytesWritten;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      this.#bytes += bytes.length;
      this.#synced += lines.length;
    });
  }

  replace(records: readonly Json[]): Promise<void> {
    const next = records.map(formatLine);
    const appendedBefore = this.#appended;
    this.#replacing++;
    const replaced = this.#inTurn(async () => {
      await this.#trouble?.meet(this.#name, ++this.#writes);
      // Of the records that came after the call, those that an earlier sync has taken along stay on disk.
      const end = this.#lines.length - (this.#appended - appendedBefore);
      const lines = [...next, ...this.#lines.slice(end, this.#synced)];
      const bytes = Buffer.from(lines.join(''));
      await mkdir(this.#dir, { recursive: true });
      const file = await open(this.#nextPath, 'w', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(this.#nextPath, this.#path);
      this.#lines = [...lines, ...this.#lines.slice(Math.max(end, this.#synced))];
      this.#synced = lines.length;
      this.#bytes = bytes.length;
      this.#hasTail = false;
      this.#corrupt = undefined;
    });
    return replaced.finally(() => this.#replacing--);
  }

  #read(): Contents {
    try {
      return readLines(this.#path);
    } catch (error) {
      if (!(error instanceof FaultlineError) || error.code !== 'DISK_CORRUPT') throw error;
      this.#corrupt = error;
      return { lines: [], bytes: 0, hasTail: false };
    }
  }

  #requireSound(): void {
    if (this.#corrupt !== undefined) throw this.#corrupt;
  }

  /**
   * Puts a part of the record that was just appended on disk, where the fault is set, and all of those
   * before it that are not synced either. Whenever the process ends now, its last record is torn. The
   * next sync writes the same bytes to the same place.
   */
  #tear(): void {
    const unsynced = this.#lines.slice(this.#synced);
    const last = Buffer.from(unsynced.pop()!);
    const torn = this.#trouble?.tornBytes(this.#name, this.#appended, last.length) ?? 0;
    // The file is about to be another one.
    if (torn === 0 || this.#replacing > 0) return;
    const bytes = Buffer.concat([Buffer.from(unsynced.join('')), last.subarray(0, torn)]);
    mkdirSync(this.#dir, { recursive: true });
    const file = openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      if (this.#hasTail) ftruncateSync(file, this.#bytes);
      this.#hasTail = false;
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(file, bytes, at, bytes.length - at, this.#bytes + at);
      }
    } finally {
      closeSync(file);
    }
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done.catch((error: NodeJS.ErrnoException) => {
      if (error instanceof FaultlineError) throw error;
      throw diskError('write', this.#path, error);
    });
  }
}
