/**
 * Makes a history that is not linearizable small, and keeps it wrong for the same reason.
 *
 * Delta debugging (A. Zeller & R. Hildebrandt, "Simplifying and isolating failure-inducing input", 2002)
 * over whole operations, with chunks that are halved. Leaving out a write would make the reads that
 * saw it wrong, which they were not: so a read is left out, and anything else is *relaxed* to unknown,
 * may or may not have taken effect, at any time after its invocation. Then whatever orders the larger
 * history orders the smaller one too, and what shows the smaller one wrong holds for the larger. A
 * relaxed operation that nobody saw is left out as well.
 */
import type { Model } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import { Search } from './search.ts';
import { participants } from './timeline.ts';
import { asUnknown } from './witness.ts';

export interface Shrunk {
  readonly smallest: readonly Operation[];
  /** Indexes of those in it that were relaxed. */
  readonly relaxed: readonly number[];
  readonly isMinimal: boolean;
}

interface ShrinkOptions {
  readonly maxSteps: number;
  readonly isOver: (() => boolean) | undefined;
}

const sliceSteps = 20_000;

/** @param operations with `last`, and not linearizable */
export function shrink(
  operations: readonly Operation[],
  last: Operation,
  model: Model,
  { maxSteps, isOver }: ShrinkOptions,
): Shrunk {
  let spent = 0;
  const isSpent = (): boolean => spent >= maxSteps || isOver?.() === true;
  const isViolated = (candidate: readonly Operation[]): boolean => {
    const shortcut = model.shortcut?.(candidate);
    if (shortcut !== undefined) {
      spent += candidate.length;
      return shortcut.conflict.length > 0;
    }
    const search = new Search(candidate, model);
    // A candidate that is much harder than what it was made of is not worth its steps.
    while (search.outcome === undefined && search.steps < maxSteps / 20 && !isSpent()) {
      const before = search.steps;
      search.run(sliceSteps);
      spent += search.steps - before;
    }
    return search.outcome === 'violated';
  };

  let smallest = participants(operations, model);
  const reduce = (chunk: ReadonlySet<Operation>): Operation[] =>
    participants(
      smallest.flatMap((operation) => {
        if (!chunk.has(operation)) return [operation];
        return model.isRead(operation) ? [] : [asUnknown(operation)];
      }),
      model,
    );

  const reducible = (): Operation[] =>
    smallest.filter((operation) => operation.index !== last.index && operation.type !== 'info');
  // What shows it is rarely far from where it shows.
  const latest = reducible().sort((a, b) => endOf(b) - endOf(a));
  for (let kept = 8; kept < latest.length && !isSpent(); kept *= 2) {
    const candidate = reduce(new Set(latest.slice(kept)));
    if (!isViolated(candidate)) continue;
    smallest = candidate;
    break;
  }
  let size = Math.ceil(reducible().length / 2);
  while (size > 0 && !isSpent()) {
    let progress = false;
    const items = reducible();
    for (let from = 0; from < items.length && !isSpent(); from += size) {
      // What an earlier chunk took with it is not there any more.
      const candidate = reduce(new Set(items.slice(from, from + size)));
      if (!isViolated(candidate)) continue;
      smallest = candidate;
      progress = true;
    }
    if (size === 1 && !progress) break;
    if (!progress || size > 1) size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  const types = new Map(operations.map(({ index, type }) => [index, type]));
  return {
    smallest,
    relaxed: smallest
      .filter(({ index, type }) => type === 'info' && types.get(index) !== 'info')
      .map(({ index }) => index),
    isMinimal: !isSpent(),
  };
}
