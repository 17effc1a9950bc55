/**
 * The largest event count accepted from another node.
 *
 * Counting honestly up to here takes a million events a second for 142 years, so a larger stamp
 * is a corrupted or hostile one. Refusing it keeps as many safe integers again in reserve, and no
 * single message can push a counter to where `+ 1` no longer changes a float64.
 */
const LARGEST_BELIEVABLE_COUNT = 2 ** 52;

/** Whether a stamp from outside may be merged. False for NaN, fractions, negatives and strings. */
export function isBelievableCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= LARGEST_BELIEVABLE_COUNT;
}
