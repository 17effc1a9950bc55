/**
 * Flips one bit of a record on a node's disk, without the node's knowledge. A running node has already
 * read its files and does not notice; after a restart, the checksum reveals it.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FaultlineError } from '@faultline/protocol';

export interface Bit {
  readonly file: string;
  readonly path: string;
  /** Counted from 1. */
  readonly record: number;
  readonly byte: number;
  /** From 0, the least significant, to 7. */
  readonly bit: number;
}

const newline = 0x0a;

/**
 * Draws a bit of the records of a file, or of any file for `*`. `draw` returns a number from 0 to below 1
 * for each choice. Throws NOT_FOUND if there is nothing to flip.
 */
export function findBit(
  node: string,
  dir: string,
  file: string,
  draw: (which: number) => number,
): Bit {
  const files = filesOf(dir).filter((name) => file === '*' || name === file);
  const filled = files.filter((name) => readFileSync(join(dir, name)).includes(newline));
  if (filled.length === 0) {
    throw new FaultlineError(
      'NOT_FOUND',
      file === '*'
        ? `there is no record on the disk of ${node}: nothing was synced yet`
        : `there is no record in ${file} on the disk of ${node}, which has ${listed(filesOf(dir))}`,
      { node, file },
    );
  }
  const name = filled[Math.floor(draw(0) * filled.length)]!;
  const bytes = readFileSync(join(dir, name));
  // Data after the last newline is not a record.
  const byte = Math.floor(draw(1) * (bytes.lastIndexOf(newline) + 1));
  const record = bytes.subarray(0, byte).filter((value) => value === newline).length + 1;
  return { file: name, path: join(dir, name), record, byte, bit: Math.floor(draw(2) * 8) };
}

export function flipBit({ path, byte, bit }: Bit): void {
  const file = openSync(path, 'r+');
  try {
    const value = Buffer.alloc(1);
    readSync(file, value, 0, 1, byte);
    value[0]! ^= 1 << bit;
    writeSync(file, value, 0, 1, byte);
  } finally {
    closeSync(file);
  }
}

/** The program's files: only their names begin with a letter or a digit. */
function filesOf(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => /^[A-Za-z0-9]/.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const listed = (files: readonly string[]): string =>
  files.length === 0 ? 'no files' : files.join(', ');
