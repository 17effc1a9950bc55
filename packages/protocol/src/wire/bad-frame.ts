/** Errors for bytes that are not a frame. */
import { FaultlineError } from '../errors.ts';

export function badFrame(what: string, expected: string, came: string | number): FaultlineError {
  return new FaultlineError(
    'BAD_FRAME',
    `malformed frame: ${what}: expected ${expected}, came ${came}`,
    { what, expected, came },
  );
}

/** A value that does not fit, short enough for a message: what came from outside may be of any size. */
export function brief(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
