/**
 * A node's disk: files of records, one JSON line each behind a checksum.
 *
 * Appended records stay in this process until `sync` writes them and the operating system says that
 * they are on the medium. So a kill loses exactly what was not synced, which a real machine does
 * when it loses power and a killed process alone would not.
 */
import { constants, readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FaultlineError, type Json } from '@faultline/protocol';
import type { Disk } from '../port.ts';

export class HostDisk implements Disk {
  readonly #dir: string;
  readonly #onWrite: () => void;
  readonly #files = new Map<string, DiskFile>();

  /** `onWrite` is called before something is written. */
  constructor(dir: string, onWrite: () => void = () => {}) {
    this.#dir = dir;
    this.#onWrite = onWrite;
  }

  append(file: string, record: Json): void {
    this.#file(file).append(record);
  }

  async sync(file: string): Promise<void> {
    this.#onWrite();
    await this.#file(file).sync();
  }

  read(file: string): Json[] {
    return this.#file(file).read();
  }

  async replace(file: string, records: readonly Json[]): Promise<void> {
    this.#onWrite();
    await this.#file(file).replace(records);
  }

  #file(name: string): DiskFile {
    let file = this.#files.get(name);
    if (file === undefined) {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
        throw new FaultlineError(
          'BAD_REQUEST',
          `a disk file is named with letters, digits, dots and dashes; ${JSON.stringify(name)} is not`,
          { name },
        );
      }
      file = new DiskFile(this.#dir, name);
      this.#files.set(name, file);
    }
    return file;
  }
}

class DiskFile {
  readonly #dir: string;
  readonly #path: string;
  /** Where `replace` gathers the new records. No file of a program begins with a dot. */
  readonly #nextPath: string;
  /** All records in order, synced or not, as lines. */
  #lines: string[];
  /** How many of them are on disk: the first so many. */
  #synced: number;
  /**
   * Where those end. What lies behind is the beginning of a record that was torn, or of those that the
   * next sync will write again; either way it is written over.
   */
  #bytes: number;
  /** Counts the records ever appended, by which `replace` knows those that came after it. */
  #appended = 0;
  /** Writes happen one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#path = join(dir, name);
    this.#nextPath = join(dir, `.${name}.next`);
    const { lines, bytes } = readLines(this.#path);
    this.#lines = lines;
    this.#synced = lines.length;
    this.#bytes = bytes;
  }

  append(record: Json): void {
    this.#lines.push(formatLine(record));
    this.#appended++;
  }

  read(): Json[] {
    return this.#lines.map(parseLine);
  }

  sync(): Promise<void> {
    return this.#inTurn(async () => {
      const lines = this.#lines.slice(this.#synced);
      if (lines.length === 0) return;
      const bytes = Buffer.from(lines.join(''));
      await mkdir(this.#dir, { recursive: true });
      const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
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
    return this.#inTurn(async () => {
      // Of the records that came after the call, those that an earlier sync has taken along stay on disk.
      const replaced = this.#lines.length - (this.#appended - appendedBefore);
      const lines = [...next, ...this.#lines.slice(replaced, this.#synced)];
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
      this.#lines = [...lines, ...this.#lines.slice(Math.max(replaced, this.#synced))];
      this.#synced = lines.length;
      this.#bytes = bytes.length;
    });
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done.catch((error: NodeJS.ErrnoException) => {
      throw diskError('write', this.#path, error);
    });
  }
}

function diskError(verb: string, path: string, error: NodeJS.ErrnoException): FaultlineError {
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new FaultlineError(
    isFull ? 'DISK_FULL' : 'DISK_ERROR',
    `cannot ${verb} ${path}: ${error.message}`,
    { path, errno: error.code },
    { cause: error },
  );
}

/** A line: checksum, a space, JSON, and the line's end. */
const checksumChars = 8;
const newline = 0x0a;

function formatLine(record: Json): string {
  const json = JSON.stringify(record);
  if (json === undefined) throw new TypeError('a disk record is a JSON value, not undefined');
  return `${checksum(json)} ${json}\n`;
}

function parseLine(line: string): Json {
  return JSON.parse(line.slice(checksumChars + 1)) as Json;
}

function isWhole(line: string): boolean {
  const json = line.slice(checksumChars + 1, -1);
  return json !== '' && line.slice(0, checksumChars + 1) === `${checksum(json)} `;
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(checksumChars, '0');
}

interface Contents {
  readonly lines: string[];
  readonly bytes: number;
}

/** Throws DISK_ERROR. */
function readLines(path: string): Contents {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw diskError('read', path, error as NodeJS.ErrnoException);
    return { lines: [], bytes: 0 };
  }
  const lines: string[] = [];
  let at = 0;
  for (let end = file.indexOf(newline); end >= 0; end = file.indexOf(newline, at)) {
    const line = file.toString('utf8', at, end + 1);
    if (isWhole(line)) lines.push(line);
    at = end + 1;
  }
  return { lines, bytes: at };
}
