/**
 * Bounds of a counter's value, whichever of its unknown changes took effect.
 *
 * Between two answers that show the value, changes invoked after the first and ended before the second
 * took effect, and those that overlap with the time between may have. If the difference of the values is
 * not within the sums of these, the two answers and the sure changes that count have no order. This costs
 * the number of answers times that of changes, where a search tries every sum of the unknown changes.
 */
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';

interface Change {
  readonly operation: Operation;
  readonly by: number;
  /** It took effect, and counts. */
  readonly isSure: boolean;
}

interface Shown {
  /** Null: the counter as it began. */
  readonly operation: Operation | null;
  readonly value: number;
}

/** How a change changes the value; undefined if it does not. */
type ChangeOf = (operation: Operation) => number | undefined;

/** See `conflictAt` of a model. The counter begins at 0. */
export function counterConflict(
  operations: readonly Operation[],
  last: Operation,
  optional: ReadonlySet<Operation>,
  changeOf: ChangeOf,
): readonly Operation[] | undefined {
  if (last.type !== 'ok' || typeof last.output !== 'number') return undefined;
  const changes: Change[] = [];
  const shown: Shown[] = [{ operation: null, value: 0 }];
  let sum = Math.abs(last.output);
  for (const operation of operations) {
    const { type, output } = operation;
    if (type === 'fail') continue;
    const by = changeOf(operation);
    const isSure = type === 'ok' && !optional.has(operation);
    if (by !== undefined) {
      changes.push({ operation, by, isSure });
      sum += Math.abs(by);
    }
    if (operation === last || !isSure || typeof output !== 'number') continue;
    if (endOf(operation) < last.invokedMs) shown.push({ operation, value: output });
  }
  // Sums of others are not exact, and the order of adding them would matter.
  const numbers = [...shown.map(({ value }) => value), ...changes.map(({ by }) => by), sum];
  if (!numbers.every(Number.isSafeInteger)) return undefined;
  const before = last.output - (changeOf(last) ?? 0);
  let fewest: readonly Operation[] | undefined;
  for (const first of shown) {
    const needed = neededBetween(first, last, before - first.value, changes);
    if (needed === undefined) continue;
    const conflict = [...(first.operation === null ? [] : [first.operation]), ...needed, last];
    if (fewest === undefined || conflict.length < fewest.length) fewest = conflict;
  }
  return fewest;
}

/** The sure changes that suffice for a difference to be out of bounds; undefined if it is within. */
function neededBetween(
  { operation: first }: Shown,
  last: Operation,
  difference: number,
  changes: readonly Change[],
): Operation[] | undefined {
  const endMs = endOf(last);
  const firstFromMs = first?.invokedMs ?? Number.NEGATIVE_INFINITY;
  const firstEndMs = first === null ? Number.NEGATIVE_INFINITY : endOf(first);
  let least = 0;
  let most = 0;
  const sure: Change[] = [];
  for (const change of changes) {
    const { operation, by, isSure } = change;
    if (operation === first || operation === last) continue;
    if (operation.invokedMs > endMs || endOf(operation) < firstFromMs) continue;
    if (by < 0) least += by;
    else most += by;
    const isBetween = operation.invokedMs > firstEndMs && endOf(operation) < last.invokedMs;
    if (isSure && isBetween) sure.push(change);
  }
  return (
    beyond(most - difference, sure, (by) => -by) ?? beyond(difference - least, sure, (by) => by)
  );
}

/** The fewest changes that, if they count, take more than there is room for. */
function beyond(
  room: number,
  sure: readonly Change[],
  takes: (by: number) => number,
): Operation[] | undefined {
  const needed: Operation[] = [];
  const takers = sure.filter(({ by }) => takes(by) > 0).sort((a, b) => takes(b.by) - takes(a.by));
  let left = room;
  for (let next = 0; left >= 0 && next < takers.length; next++) {
    const { operation, by } = takers[next]!;
    needed.push(operation);
    left -= takes(by);
  }
  return left < 0 ? needed : undefined;
}
