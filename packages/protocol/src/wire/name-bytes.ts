/** Names as a frame carries them: UTF-8 behind a length of one byte. */
import { FaultlineError } from '../errors.ts';
import { badFrame, brief } from './bad-frame.ts';

/** UTF-8 needs at most this many bytes for a UTF-16 unit of a string, and at least one. */
export const utf8BytesMax = 3;

/** Writes the bytes of a name and returns their number. Throws BAD_REQUEST. */
export function writeName(
  chunk: Buffer,
  name: string,
  at: number,
  bytesMax: number,
  what: string,
): number {
  const length = name.length > bytesMax ? name.length : chunk.write(name, at, 'utf8');
  if (length === 0 || length > bytesMax) {
    const bytes = Buffer.byteLength(name);
    throw new FaultlineError(
      'BAD_REQUEST',
      `a ${what} has 1 to ${bytesMax} bytes; ${brief(name)} has ${bytes}`,
      { name: name.slice(0, 80), bytes, bytesMax },
    );
  }
  return length;
}

/** Reads the length of a name. Throws BAD_FRAME. */
export function nameLength(buffer: Buffer, at: number, bytesMax: number, what: string): number {
  const length = buffer[at]!;
  if (length === 0 || length > bytesMax) throw badFrame(what, `1 to ${bytesMax} bytes`, length);
  return length;
}
