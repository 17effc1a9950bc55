/** When a file of a recording begins, from its first bytes. */
import { closeSync, openSync, readSync } from 'node:fs';
import { TraceReader } from './reader.ts';

/** Words come before the first record that refers to them; in most files they are short. */
const headBytes = 64 * 1024;

/** True time of the file's first record; undefined if its beginning has none, or it is gone. */
export function beginningOf(path: string): number | undefined {
  let beganMs: number | undefined;
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(headBytes);
      const bytes = readSync(file, head, 0, headBytes, 0);
      new TraceReader().each(head.subarray(0, bytes), ({ atMs }) => {
        beganMs ??= atMs;
      });
    } finally {
      closeSync(file);
    }
  } catch {
    // Gone, or an unrelated file.
  }
  return beganMs;
}
