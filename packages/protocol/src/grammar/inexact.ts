import type { Json } from '../wire/envelope.ts';

/**
 * The first number in the data that may not be the one that was written: an integer beyond 2^53 - 1 loses
 * its last digits, and what is too large for a number becomes infinite. Undefined if there is none.
 */
export function inexactNumber(value: Json): number | undefined {
  if (typeof value === 'number') {
    return Math.abs(value) > Number.MAX_SAFE_INTEGER ? value : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const inexact = inexactNumber(member);
    if (inexact !== undefined) return inexact;
  }
  return undefined;
}
