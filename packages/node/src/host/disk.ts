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
  readonly #files = new Map<string, DiskFile>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  append(file: string, record: Json): void {
    this.#file(file).append(record);
  }

  sync(file: string): Promise<void> {
    return this.#file(file).sync();
  }

  read(file: string): Json[] {
    return this.#file(file).read();
  }

  replace(file: string, records: readonly Json[]): Promise<void> {
    return this.#file(file).replace(records);
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
  /** All records, synced or not. */
  #records: Json[];
  #unsynced: string[] = [];
  /** Bytes of whole records on disk. What lies behind them was torn and is written over. */
  #bytes: number;
  #hasTornEnd: boolean;
  /** Writes happen one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#path = join(dir, name);
    const { records, bytes, hasTornEnd } = readRecords(this.#path);
    this.#records = records;
    this.#bytes = bytes;
    this.#hasTornEnd = hasTornEnd;
  }

  append(record: Json): void {
    const line = formatRecord(record);
    this.#records.push(JSON.parse(line.slice(checksumChars)) as Json);
    this.#unsynced.push(line);
  }

  read(): Json[] {
    return [...this.#records];
  }

  sync(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#unsynced.length === 0) return;
      const lines = this.#unsynced;
      const bytes = Buffer.from(lines.join(''));
      await mkdir(this.#dir, { recursive: true });
      const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        if (this.#hasTornEnd) await file.truncate(this.#bytes);
        this.#hasTornEnd = true;
        for (let at = 0; at < bytes.length; ) {
          const { bytesWritten } = await file.write(bytes, at, bytes.length - at, this.#bytes + at);
          at += bytesWritten;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      this.#hasTornEnd = false;
      this.#bytes += bytes.length;
      this.#unsynced = this.#unsynced.slice(lines.length);
    });
  }

  replace(records: readonly Json[]): Promise<void> {
    const lines = records.map(formatRecord);
    this.#records = lines.map((line) => JSON.parse(line.slice(checksumChars)) as Json);
    this.#unsynced = [];
    return this.#inTurn(async () => {
      const bytes = Buffer.from(lines.join(''));
      const next = `${this.#path}.next`;
      await mkdir(this.#dir, { recursive: true });
      const file = await open(next, 'w', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, this.#path);
      this.#bytes = bytes.length;
      this.#hasTornEnd = false;
    });
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done.catch((error: NodeJS.ErrnoException) => {
      throw new FaultlineError(
        error.code === 'ENOSPC' ? 'DISK_FULL' : 'DISK_ERROR',
        `cannot write ${this.#path}: ${error.message}`,
        { path: this.#path, errno: error.code },
        { cause: error },
      );
    });
  }
}

const checksumChars = 9;

function formatRecord(record: Json): string {
  const json = JSON.stringify(record);
  if (json === undefined) throw new TypeError('a disk record is a JSON value, not undefined');
  return `${checksum(json)} ${json}\n`;
}

interface Contents {
  readonly records: Json[];
  readonly bytes: number;
  readonly hasTornEnd: boolean;
}

function readRecords(path: string): Contents {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { records: [], bytes: 0, hasTornEnd: false };
  }
  const records: Json[] = [];
  let at = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
    const record = parseRecord(text.slice(at, end));
    if (record !== undefined) records.push(record);
    at = end + 1;
  }
  return {
    records,
    bytes: Buffer.byteLength(text.slice(0, at)),
    hasTornEnd: at < text.length,
  };
}

function parseRecord(line: string): Json | undefined {
  const json = line.slice(checksumChars);
  if (line.slice(0, checksumChars - 1) !== checksum(json)) return undefined;
  try {
    return JSON.parse(json) as Json;
  } catch {
    return undefined;
  }
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}
