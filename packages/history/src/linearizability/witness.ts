/**
 * What shows that a part of a history is not linearizable: how far an order can be found, the operation
 * for which there is no place then, and a small part of the history that is wrong by itself.
 */
import type { Model } from '../models/model.ts';
import type { FaultInterval, Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import { Search } from './search.ts';
import { shrink } from './shrink.ts';

export interface LinearizabilityWitness {
  /** The part it is in. */
  readonly key?: string | number;
  /** The operation that cannot be placed: until its end an order exists, and with it none. */
  readonly operation: Operation;
  /** The states that were possible when it ended, and what last changed each; none: the first. */
  readonly possible: readonly { readonly state: unknown; readonly by?: Operation }[];
  /** All operations of the part that were invoked before its end. */
  readonly before: number;
  /** An order of the longest linearizable prefix, as indexes in the history. */
  readonly linearizedPrefix: readonly number[];
  /**
   * A few operations that cannot be ordered. Those listed in `relaxed` are only needed as what may
   * have taken effect, at any time after their invocation.
   */
  readonly smallest: readonly Operation[];
  readonly relaxed: readonly number[];
  /** False if steps or time were used up before the first such operation was found; it may be a later one. */
  readonly isLocated: boolean;
  /** False if steps or time were used up before it was as small as it gets. */
  readonly isMinimal: boolean;
  /** The faults that were there at some moment of these operations. */
  readonly faults: readonly FaultInterval[];
}

/** For where it fails, even if nothing is to be made small. */
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
  // A search that looks ahead gives up sooner than it must: at a return that could be placed.
  const looksAhead = model.isHopeless !== undefined;
  const known = looksAhead ? undefined : search;
  const bounds = { maxSteps: Math.max(maxSteps, locatingSteps), isOver };
  const { operation, isLocated } =
    known?.furthestReturn === undefined
      ? firstFailing(operations, model, bounds)
      : { operation: known.furthestReturn, isLocated: true };
  const prefix = cutAt(operations, operation);
  const { smallest, relaxed, isMinimal } = shrink(prefix, operation, model, { maxSteps, isOver });
  const { possible, order } =
    known === undefined ? explained(prefix, operation, model, bounds) : whatIsKnown(known);
  const original = new Map(operations.map((one) => [one.index, one]));
  const small = smallest.map(({ index }) => original.get(index)!);
  return {
    ...(key === undefined ? {} : { key }),
    operation,
    possible: possible.map(({ state, by }) =>
      by === undefined ? { state } : { state, by: original.get(by.index)! },
    ),
    before: prefix.length - 1,
    linearizedPrefix: order,
    smallest: small,
    relaxed,
    isLocated,
    isMinimal,
  };
}

interface Bounds {
  readonly maxSteps: number;
  readonly isOver: (() => boolean) | undefined;
}

/** Between two looks at the time. */
const sliceSteps = 20_000;

function runWithin(search: Search, { maxSteps, isOver }: Bounds): void {
  while (search.outcome === undefined && search.steps < maxSteps && isOver?.() !== true) {
    search.run(Math.min(sliceSteps, maxSteps - search.steps));
  }
}

/** At the first end with which there is no order. Where that is too hard to tell, a later one. */
function firstFailing(
  operations: readonly Operation[],
  model: Model,
  bounds: Bounds,
): Pick<LinearizabilityWitness, 'operation' | 'isLocated'> {
  /** Undefined: too hard to tell, or no time is left to. */
  const isViolated = (prefix: readonly Operation[]): boolean | undefined => {
    const shortcut = model.shortcut?.(prefix);
    if (shortcut !== undefined) return shortcut.conflict.length > 0;
    const search = new Search(prefix, model);
    runWithin(search, bounds);
    return search.outcome === undefined ? undefined : search.outcome === 'violated';
  };
  const returns = operations
    .filter((operation) => operation.type !== 'info')
    .sort((a, b) => endOf(a) - endOf(b) || a.index - b.index);
  let low = 0;
  let high = returns.length - 1;
  let isLocated = true;
  while (low < high && bounds.isOver?.() !== true) {
    const middle = (low + high) >> 1;
    const violated = isViolated(cutAt(operations, returns[middle]!));
    if (violated === true) high = middle;
    else low = middle + 1;
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

interface Explained {
  readonly possible: Readonly<ReturnType<Search['possibleStates']>>;
  readonly order: readonly number[];
}

const whatIsKnown = (search: Search): Explained => ({
  possible: search.possibleStates(),
  order: search.linearizedPrefix(),
});

/** What was possible at the end of the prefix, found by looking at it again. */
function explained(
  prefix: readonly Operation[],
  operation: Operation,
  model: Model,
  bounds: Bounds,
): Explained {
  const without = prefix.filter((one) => one !== operation);
  const shortcut = model.shortcut?.(without);
  if (shortcut !== undefined) {
    const order = shortcut.order().map(({ index }) => index);
    return { possible: shortcut.statesAt(operation), order };
  }
  const search = new Search(prefix, { ...model, isHopeless: undefined });
  runWithin(search, bounds);
  // Of a search that was cut short neither is known to be all.
  const isHere = search.outcome === 'violated' && search.furthestReturn?.index === operation.index;
  return isHere ? whatIsKnown(search) : { possible: [], order: [] };
}
