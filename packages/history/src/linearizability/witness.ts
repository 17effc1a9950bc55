/**
 * What shows that a part of a history is not linearizable: how far an order can be found, the operation
 * for which there is no place then, and a small part of the history that has no order on its own.
 */
import type { Model } from '../models/model.ts';
import type { FaultInterval, Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import { mayChange, type PossibleStates, possibleStates } from './possible.ts';
import { Search } from './search.ts';
import { shrink } from './shrink.ts';

export interface LinearizabilityWitness {
  /** The part it is in. */
  readonly key?: string | number;
  /** The operation that cannot be placed: until its end an order exists, and with it none. */
  readonly operation: Operation;
  /**
   * The states that were possible at some moment while it was pending, and a change that may have led
   * to each; none: the first. Empty if the search reached its limit before all were known.
   */
  readonly possible: readonly { readonly state: unknown; readonly by?: Operation }[];
  /** How many operations of the part were invoked before its end. */
  readonly before: number;
  /**
   * An order of what was known when it ended, as indexes in the history. The operation itself is in
   * it only where answers before its end show that it took effect.
   */
  readonly linearizedPrefix: readonly number[];
  /**
   * A few operations that cannot be ordered, whichever of the part's other changes took effect. Those
   * listed in `relaxed` are only needed as what may have, while they were pending: with them, the
   * others could be ordered if any one of these were not as it was.
   */
  readonly smallest: readonly Operation[];
  readonly relaxed: readonly number[];
  /** How many changes of the part, invoked before its end, are not in `smallest`. */
  readonly otherChanges: number;
  /** False if `relaxed` was left out because there were too many to show. */
  readonly isSelfContained: boolean;
  /** False if the search reached its limit before the first such operation was found; it may be a later one. */
  readonly isLocated: boolean;
  /** False if the search reached its limit before the part was minimal. */
  readonly isMinimal: boolean;
  /** The faults that were there at some moment of these operations. */
  readonly faults: readonly FaultInterval[];
}

/** For where it fails, even if nothing is to be made small, and for what was possible there. */
const locatingSteps = 1_000_000;

interface WitnessOptions {
  /** The search that came to the end, if it was one. */
  readonly search: Search | undefined;
  readonly key: string | number | undefined;
  readonly maxSteps: number;
  readonly isOver: (() => boolean) | undefined;
}

export function findWitness(
  operations: readonly Operation[],
  model: Model,
  { search, key, maxSteps, isOver }: WitnessOptions,
): Omit<LinearizabilityWitness, 'faults'> {
  const bounds = { maxSteps: Math.max(maxSteps, locatingSteps), isOver };
  const { operation, isLocated } = firstFailing(operations, model, search?.furthestReturn, bounds);
  const prefix = cutAt(operations, operation);
  const { smallest, relaxed, ...shrunk } = shrink(prefix, operation, model, { maxSteps, isOver });
  const { possible, order } = isLocated
    ? explained(prefix, operation, model, bounds)
    : { possible: [], order: [] };
  const original = new Map(operations.map((one) => [one.index, one]));
  const own = ({ index }: Operation): Operation => original.get(index)!;
  const endMs = endOf(operation);
  return {
    ...(key === undefined ? {} : { key }),
    operation,
    possible: possible.map(({ state, by }) =>
      by === undefined ? { state } : { state, by: own(by) },
    ),
    before: operations.filter(({ invokedMs }) => invokedMs <= endMs).length - 1,
    linearizedPrefix: order.map(({ index }) => index),
    smallest: smallest.map(own),
    relaxed,
    ...shrunk,
    isLocated,
  };
}

interface Bounds {
  readonly maxSteps: number;
  readonly isOver: (() => boolean) | undefined;
}

/** Steps between two checks of the time. */
const sliceSteps = 20_000;

function runWithin(search: Search, { maxSteps, isOver }: Bounds, weight = (): number => 0): void {
  const spent = (): number => search.steps + weight();
  while (search.outcome === undefined && spent() < maxSteps && isOver?.() !== true) {
    search.run(Math.min(sliceSteps, maxSteps - spent()));
  }
}

/**
 * At the first end with which there is no order. If that is too hard to decide, a later one.
 *
 * @param furthest the return that a search of all operations did not get past. What was pending then and
 * ended later was not answered yet, and the search knew its answer: so the first end is this or a later one
 */
function firstFailing(
  operations: readonly Operation[],
  model: Model,
  furthest: Operation | undefined,
  bounds: Bounds,
): Pick<LinearizabilityWitness, 'operation' | 'isLocated'> {
  /** Undefined: too hard to decide, or no time is left. */
  const isViolated = (last: Operation): boolean | undefined => {
    const prefix = cutAt(operations, last);
    const shortcut = model.shortcut?.(prefix);
    if (shortcut !== undefined) return shortcut.conflict.length > 0;
    if (model.conflictAt?.(prefix, last, new Set()) !== undefined) return true;
    const search = new Search(prefix, model);
    runWithin(search, bounds);
    return search.outcome === undefined ? undefined : search.outcome === 'violated';
  };
  const returns = operations
    .filter((operation) => operation.type !== 'info')
    .sort((a, b) => endOf(a) - endOf(b) || a.index - b.index);
  let low = furthest === undefined ? 0 : returns.indexOf(furthest);
  let high = returns.length - 1;
  let isLocated = true;
  /** Near the furthest return at first. */
  let step = furthest === undefined ? returns.length : 0;
  while (low < high && bounds.isOver?.() !== true) {
    const middle = Math.min(low + step, (low + high) >> 1);
    const violated = isViolated(returns[middle]!);
    if (violated === true) {
      high = middle;
      step = returns.length;
    } else {
      low = middle + 1;
      step = step * 2 + 1;
    }
    if (violated === undefined) isLocated = false;
  }
  // There is no order until the end of `high`, whatever is not known before it.
  return { operation: returns[high]!, isLocated: isLocated && low === high };
}

/** What was known when the operation ended: what ended later is unknown still. */
function cutAt(operations: readonly Operation[], last: Operation): Operation[] {
  const cutMs = endOf(last);
  return operations.flatMap((operation) => {
    if (operation === last) return [operation];
    if (operation.invokedMs > cutMs) return [];
    const endMs = endOf(operation);
    const isLater = endMs > cutMs || (endMs === cutMs && operation.index > last.index);
    if (!isLater) return [operation];
    return operation.type === 'fail' ? [] : [asUnknown(operation)];
  });
}

export function asUnknown({ output: _, ...operation }: Operation): Operation {
  return { ...operation, type: 'info', endedMs: null };
}

/** What was possible until the end of the prefix. */
function explained(
  prefix: readonly Operation[],
  operation: Operation,
  model: Model,
  bounds: Bounds,
): PossibleStates {
  const orderOf = (shown: readonly Operation[]): readonly Operation[] | undefined => {
    const shortcut = model.shortcut?.(shown);
    return shortcut === undefined || shortcut.conflict.length > 0 ? undefined : shortcut.order();
  };
  const others = prefix.filter((one) => one !== operation);
  const order = orderOf(others) ?? orderOf([...others, asUnknown(operation)]);
  const states = mayChange(operation, model) ? undefined : model.shortcut?.(others)?.statesAt;
  if (states !== undefined) return { possible: states(operation), order: order ?? [] };
  const found = possibleStates(prefix, operation, model, (search, weight) =>
    runWithin(search, { ...bounds, maxSteps: locatingSteps }, weight),
  );
  return found ?? { possible: [], order: order ?? [] };
}
