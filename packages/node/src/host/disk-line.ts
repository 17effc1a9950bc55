/**
 * How records lie in a file: one line each, a checksum, a space, JSON, and the line's end.
 *
 * A crash can only tear the end of a file: what was being written then has no line's end yet, and is
 * left out, because it was not acknowledged. Everything before was synced. A line there whose
 * checksum does not fit was changed by something else, and to leave it out would be to lose silently
 * acknowledged data: the whole file is then rejected, as a database rejects its log.
 */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { FaultlineError, type Json } from '@faultline/protocol';

const checksumChars = 8;
const newline = 0x0a;
const space = 0x20;

export function formatLine(record: Json): string {
  const json = JSON.stringify(record);
  if (json === undefined) throw new TypeError('a disk record must be a JSON value, got undefined');
  return `${checksum(Buffer.from(json))} ${json}\n`;
}

/** The record of a line whose checksum is right, and so what was appended. */
export function parseLine<Appended extends Json>(line: string): Appended {
  return JSON.parse(line.slice(checksumChars + 1));
}

export interface Contents {
  readonly lines: string[];
  /** Where the last whole line ends. */
  readonly bytes: number;
  /** A torn record lies behind. */
  readonly hasTail: boolean;
}

/** Throws DISK_ERROR, and DISK_CORRUPT with the first record that is. */
export function readLines(path: string): Contents {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw diskError('read', path, error as NodeJS.ErrnoException);
    return { lines: [], bytes: 0, hasTail: false };
  }
  const lines: string[] = [];
  let at = 0;
  for (let end = file.indexOf(newline); end >= 0; end = file.indexOf(newline, at)) {
    if (!isWhole(file.subarray(at, end))) throw corrupt(path, lines.length + 1, at);
    lines.push(file.toString('utf8', at, end + 1));
    at = end + 1;
  }
  const tail = file.subarray(at);
  // All of a record and one byte that is no line's end: it was one, before it was changed.
  if (isWhole(tail.subarray(0, -1))) throw corrupt(path, lines.length + 1, at);
  return { lines, bytes: at, hasTail: tail.length > 0 };
}

function isWhole(line: Buffer): boolean {
  if (line.length <= checksumChars + 1 || line[checksumChars] !== space) return false;
  const json = line.subarray(checksumChars + 1);
  return line.toString('latin1', 0, checksumChars) === checksum(json);
}

function checksum(json: Buffer): string {
  return crc32(json).toString(16).padStart(checksumChars, '0');
}

function corrupt(path: string, record: number, atByte: number): FaultlineError {
  return new FaultlineError(
    'DISK_CORRUPT',
    `record ${record} of ${path} was changed after it was written (byte ${atByte}): its checksum does not match; replace the file's records, or start with an empty disk (--wipe)`,
    { path, record, atByte },
  );
}

export function diskError(
  verb: string,
  path: string,
  error: NodeJS.ErrnoException,
): FaultlineError {
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new FaultlineError(
    isFull ? 'DISK_FULL' : 'DISK_ERROR',
    `cannot ${verb} ${path}: ${error.message}`,
    { path, errno: error.code },
    { cause: error },
  );
}
