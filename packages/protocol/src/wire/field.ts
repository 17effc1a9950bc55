/** A value inside a body by its path: names and list places joined by dots, such as `entries.0.op`. */
import type { Json } from './envelope.ts';

export function fieldAt(value: unknown, path: string): Json | undefined {
  let at = value;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at as Json | undefined;
}

/** JSON as a value; null where the bytes are none. */
export function parsedOrNull(buffer: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(buffer.toString('utf8', start, end));
  } catch {
    return null;
  }
}
