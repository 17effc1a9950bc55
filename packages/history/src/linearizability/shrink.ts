/**
 * Makes a history that is not linearizable small, and keeps it wrong for the same reason.
 *
 * Delta debugging (A. Zeller & R. Hildebrandt, "Simplifying and isolating failure-inducing input", 2002)
 * over whole operations, with chunks that are halved. Leaving out a write would make the reads that
 * saw it wrong, which they were not: so a read is left out, and anything else is *relaxed*, may
 * or may not have taken effect while it was pending. Then whatever orders the larger history orders
 * the smaller one too, and what shows the smaller one wrong holds for the larger.
 *
 * In a long history most trials would be hard to decide, because each relaxed operation doubles what is
 * possible. So a part near the end is tried first from a state that is not known; see any-state.ts.
 *
 * In the end most of what is relaxed explains nothing. Those are named which are needed so that
 * every one of the others counts: without its answer, there would be an order.
 */
import type { Model } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import { fromAnyState, withoutBeginning } from './any-state.ts';
import { asOptional, isOptional, withOptional } from './optional.ts';
import { mayChange } from './possible.ts';
import { Search } from './search.ts';
import { participants } from './timeline.ts';
import { asUnknown } from './witness.ts';

export interface Shrunk {
  readonly smallest: readonly Operation[];
  /** Indexes of those in it that were relaxed. */
  readonly relaxed: readonly number[];
  readonly otherChanges: number;
  readonly isSelfContained: boolean;
  readonly isMinimal: boolean;
}

interface ShrinkOptions {
  readonly maxSteps: number;
  readonly isOver: (() => boolean) | undefined;
}

/** More than this are not read one by one. */
export const operationsShown = 12;

/** If at least this many count, the search begins with a part that is wrong whatever came before it. */
const longHistory = 4 * operationsShown;

/** A conflict of at most this many, shown without a search, is small enough. */
const shownAtOnce = 4;

/** @param operations with `last`, and not linearizable */
export function shrink(
  operations: readonly Operation[],
  last: Operation,
  model: Model,
  { maxSteps, isOver }: ShrinkOptions,
): Shrunk {
  const attempt = (first: 'reads' | 'changes'): Shrunk => {
    const trial = new Trial(model, last, { maxSteps: maxSteps / 2, isOver });
    return shrinkInOrder(operations, last, first, trial);
  };
  const shrunk = attempt('reads');
  if (shrunk.smallest.length <= operationsShown) return shrunk;
  const other = attempt('changes');
  return other.smallest.length < shrunk.smallest.length ? other : shrunk;
}

function shrinkInOrder(
  operations: readonly Operation[],
  last: Operation,
  first: 'reads' | 'changes',
  trial: Trial,
): Shrunk {
  const { kept, isMinimal } = reduced(operations, last, first, trial);
  const known = kept.filter((one) => isNeeded(one, last));
  const explained =
    known.length > operationsShown ? undefined : explaining(kept, known, last, trial);
  const smallest = kept.filter((one) => known.includes(one) || explained?.has(one) === true);
  const changes = operations.filter((one) => isChange(one, trial.model));
  const shown = new Set(smallest.map(({ index }) => index));
  return {
    smallest,
    relaxed: smallest.filter(isOptional).map(({ index }) => index),
    otherChanges: changes.filter(({ index }) => !shown.has(index)).length,
    isSelfContained: explained !== undefined,
    isMinimal,
  };
}

const isChange = (operation: Operation, model: Model): boolean =>
  operation.type !== 'fail' && !model.isRead(operation);

const isKnown = (operation: Operation): boolean =>
  operation.type !== 'info' && !isOptional(operation);

/** Whether its answer counts. */
const isNeeded = (operation: Operation, last: Operation): boolean =>
  operation.index === last.index || isKnown(operation);

const sliceSteps = 20_000;

/** Histories that are tried, with what all of them cost. */
class Trial {
  readonly model: Model;
  readonly #fromAny: Model | undefined;
  readonly #last: Operation;
  readonly #options: ShrinkOptions;
  #spent = 0;
  /** Whether a conflict showed without a search, so that it may in what is left of the history, too. */
  #hasShown = false;

  constructor(model: Model, last: Operation, options: ShrinkOptions) {
    this.model = withOptional(model);
    this.#last = last;
    const fromAny = fromAnyState(model);
    this.#fromAny = fromAny && withOptional(fromAny);
    this.#options = options;
  }

  get isSpent(): boolean {
    return this.#spent >= this.#options.maxSteps || this.#options.isOver?.() === true;
  }

  /** Undefined where it was too hard to decide. */
  isViolated(operations: readonly Operation[]): boolean | undefined {
    const shortcut = this.model.shortcut?.(operations);
    if (shortcut !== undefined) {
      this.#spent += operations.length;
      return shortcut.conflict.length > 0;
    }
    if (this.#hasShown && this.shownIn(operations) !== undefined) return true;
    const { outcome } = this.#search(operations, this.model);
    return outcome === undefined ? undefined : outcome === 'violated';
  }

  /** Whether it is wrong whatever came before the first that counts. False too where that is not known. */
  isViolatedFromAny(operations: readonly Operation[], last: Operation): boolean {
    if (this.#fromAny === undefined) return false;
    const rest = withoutBeginning(operations, (one) => isNeeded(one, last));
    return this.#search(rest, this.#fromAny).outcome === 'violated';
  }

  /** Operations known to have no order on their own. */
  conflictIn(operations: readonly Operation[]): readonly Operation[] {
    return this.model.shortcut?.(operations)?.conflict ?? [];
  }

  /** A few that have no order whichever of the others took effect, if that shows without a search. */
  shownIn(operations: readonly Operation[]): readonly Operation[] | undefined {
    this.#spent += operations.length;
    const shown = this.model.conflictAt?.(operations, this.#last, new Set());
    this.#hasShown ||= shown !== undefined;
    return shown;
  }

  /** What changes the state in an order, at least; undefined where there is none, or it was too hard to find. */
  changesOf(operations: readonly Operation[]): readonly Operation[] | undefined {
    const shortcut = this.model.shortcut?.(operations);
    if (shortcut !== undefined) {
      this.#spent += operations.length;
      return shortcut.conflict.length === 0 ? shortcut.order() : undefined;
    }
    const search = this.#search(operations, this.model);
    return search.outcome === 'ok' ? search.changes() : undefined;
  }

  #search(operations: readonly Operation[], model: Model): Search {
    const search = new Search(operations, model);
    // A candidate that is much harder than what it was made of is not worth its steps.
    const most = this.#options.maxSteps / 20;
    while (search.outcome === undefined && search.steps < most && !this.isSpent) {
      const before = search.steps;
      search.run(sliceSteps);
      this.#spent += search.steps - before;
    }
    return search;
  }
}

/** Reads of the chunk are left out, and what may change something is relaxed. */
function without(
  operations: readonly Operation[],
  chunk: ReadonlySet<Operation>,
  model: Model,
): Operation[] {
  const relaxed = operations.flatMap((operation) => {
    if (!chunk.has(operation) || isOptional(operation)) return [operation];
    if (!isChange(operation, model)) return [];
    return operation.type === 'info' ? [operation] : [asOptional(operation)];
  });
  const considered = participants(relaxed, model);
  const unobserved = model.unobserved?.(considered);
  return considered.filter((one) => !isOptional(one) || unobserved?.has(one) !== true);
}

function reduced(
  operations: readonly Operation[],
  last: Operation,
  first: 'reads' | 'changes',
  trial: Trial,
): { kept: readonly Operation[]; isMinimal: boolean } {
  const conflict = trial.conflictIn(operations);
  // Without the last, it is wrong only since the last did not do what would have made it right.
  const all = participants(conflict.includes(last) ? conflict : operations, trial.model);
  const isFirst = (operation: Operation): boolean =>
    isChange(operation, trial.model) === (first === 'changes');
  const reducible = (kept: readonly Operation[]): Operation[] => {
    const known = kept.filter((one) => one.index !== last.index && isKnown(one));
    return [...known.filter(isFirst), ...known.filter((one) => !isFirst(one))];
  };
  const isViolated = (candidate: readonly Operation[]) => trial.isViolated(candidate);
  const isViolatedFromAny = (candidate: readonly Operation[]) =>
    trial.isViolatedFromAny(candidate, last);
  const few = (): readonly Operation[] => {
    const shown = trial.shownIn(all);
    const others = (): Set<Operation> =>
      new Set(reducible(all).filter((one) => shown?.includes(one) !== true));
    if (shown !== undefined && shown.length <= shownAtOnce) {
      return without(all, others(), trial.model);
    }
    const near =
      reducible(all).length < longHistory
        ? undefined
        : nearest(all, reducible(all), 1, isViolatedFromAny, trial);
    if (near !== undefined) return minimized(near, reducible, isViolatedFromAny, trial).kept;
    if (shown !== undefined) return without(all, others(), trial.model);
    return nearest(all, reducible(all), 8, isViolated, trial) ?? all;
  };
  const { kept, isDecided } = minimized(few(), reducible, isViolated, trial);
  return { kept, isMinimal: isDecided && !trial.isSpent };
}

type Judge = (candidate: readonly Operation[]) => boolean | undefined;

/** What shows it is rarely far from where it shows: the latest few, if they are wrong. */
function nearest(
  all: readonly Operation[],
  reducible: readonly Operation[],
  fewest: number,
  isViolated: Judge,
  trial: Trial,
): readonly Operation[] | undefined {
  const latest = reducible.toSorted((a, b) => endOf(b) - endOf(a));
  for (let most = fewest; most < latest.length && !trial.isSpent; most *= 2) {
    const candidate = without(all, new Set(latest.slice(most)), trial.model);
    if (isViolated(candidate) === true) return candidate;
  }
  return undefined;
}

function minimized(
  operations: readonly Operation[],
  reducible: (kept: readonly Operation[]) => Operation[],
  isViolated: Judge,
  trial: Trial,
): { kept: readonly Operation[]; isDecided: boolean } {
  let kept = operations;
  /** From the last time that each was tried alone. */
  let isDecided = true;
  for (let size = Math.ceil(reducible(kept).length / 2); size > 0 && !trial.isSpent; ) {
    let progress = false;
    isDecided = true;
    const items = reducible(kept);
    for (let from = 0; from < items.length && !trial.isSpent; from += size) {
      // What an earlier chunk took with it is not there any more.
      const candidate = without(kept, new Set(items.slice(from, from + size)), trial.model);
      const violated = isViolated(candidate);
      if (violated === undefined) isDecided = false;
      if (violated !== true) continue;
      kept = candidate;
      progress = true;
    }
    if (size === 1 && !progress) break;
    size = Math.ceil(size / 2);
  }
  return { kept, isDecided };
}

/**
 * Those of the unknown operations by which the known ones can be ordered as soon as any one of these
 * is not as it was. Undefined if there are more of them than can be shown.
 */
function explaining(
  kept: readonly Operation[],
  known: readonly Operation[],
  last: Operation,
  trial: Trial,
): ReadonlySet<Operation> | undefined {
  const unknown = kept.filter((one) => !known.includes(one));
  /** What changes the state if one of the known counts no more, with only these of the unknown. */
  const changesWithout = (
    one: Operation,
    others: readonly Operation[],
  ): readonly Operation[] | undefined => {
    const all = [...known, ...others];
    if (one.index !== last.index) return trial.changesOf(without(all, new Set([one]), trial.model));
    // Others may have seen its effect: only its answer is wrong.
    const rest = all.filter((other) => other !== one);
    const unanswered = mayChange(one, trial.model) ? [...rest, asUnknown(one)] : rest;
    return trial.changesOf(without(unanswered, new Set(), trial.model));
  };

  const used = new Set<number>();
  for (const one of known) {
    const changes = changesWithout(one, unknown);
    if (changes === undefined) return undefined;
    for (const { index } of changes) used.add(index);
  }
  let chosen = unknown.filter(({ index }) => used.has(index));
  if (known.length + chosen.length > longHistory) return undefined;
  for (const one of chosen) {
    const fewer = chosen.filter((other) => other !== one);
    if (known.every((each) => changesWithout(each, fewer) !== undefined)) chosen = fewer;
  }
  return known.length + chosen.length > operationsShown ? undefined : new Set(chosen);
}
