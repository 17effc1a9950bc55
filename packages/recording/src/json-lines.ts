/** Files of JSON lines: whole, one line at a time, or as they grow. A line torn by a crash is left out. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/** The lines of a file that are JSON objects, without torn ones; none if there is no file. */
export async function readLines<T extends object>(
  path: string,
  texts?: readonly string[],
  keeps: (value: T, chars: number) => boolean = () => true,
): Promise<T[]> {
  const values: T[] = [];
  let rest = '';
  const take = (line: string): void => {
    // Looking for a text costs a fraction of parsing.
    if (texts !== undefined && !texts.some((text) => line.includes(text))) return;
    const value = objectIn<T>(line);
    if (value !== undefined && keeps(value, line.length)) values.push(value);
  };
  try {
    for await (const text of createReadStream(path, { encoding: 'utf8' })) {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) take(line);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return values;
}

const chunkBytes = 1024 * 1024;

/** The lines of `readLines` one at a time: nothing stays in memory. */
export function* linesNow<T extends object>(path: string): Generator<T> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  try {
    const splitter = new LineSplitter();
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      for (const line of splitter.take(chunk.subarray(0, read))) {
        const value = objectIn<T>(line);
        if (value !== undefined) yield value;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Bytes that come in chunks as lines. */
class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The lines that these bytes complete. */
  take(bytes: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop()!;
    return lines;
  }
}

/** Undefined for a line torn by a crash. */
function objectIn<T extends object>(line: string): T | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

const followedBytesMax = 256 * 1024;

/** The lines of a file that grows: each call reads those that are new. */
export class FollowedLines<T extends object> {
  readonly #path: string;
  readonly #splitter = new LineSplitter();
  readonly #buffer = Buffer.allocUnsafeSlow(followedBytesMax);
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Some of the new lines; none if there are no more for now. A torn line waits for its end. */
  async next(): Promise<T[]> {
    const file = await open(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (file === undefined) return [];
    try {
      const found: T[] = [];
      while (found.length === 0) {
        const { bytesRead } = await file.read(this.#buffer, 0, followedBytesMax, this.#offset);
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        for (const line of this.#splitter.take(this.#buffer.subarray(0, bytesRead))) {
          const value = objectIn<T>(line);
          if (value !== undefined) found.push(value);
        }
      }
      return found;
    } finally {
      await file.close();
    }
  }
}
