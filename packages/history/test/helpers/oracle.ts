/**
 * Linearizability by its definition: every choice of the unknown operations that took effect, in every
 * order that keeps real time. For a handful of operations.
 */
import { type Model, OneOf, type Operation } from '../../src/index.ts';

export function isLinearizable(
  operations: readonly Operation[],
  model: Model,
  touching: 'of one process' | 'of all' = 'of one process',
): boolean {
  const isBefore = beforeBy(touching);
  const parts = new Map<unknown, Operation[]>();
  for (const operation of operations) {
    const key = model.partition(operation);
    const part = parts.get(key) ?? [];
    part.push(operation);
    parts.set(key, part);
  }
  return [...parts.values()].every((part) => {
    const taking = part.filter(({ type }) => type !== 'fail');
    const observing = part.filter((one) => one.type === 'fail' && model.observesFailure(one));
    return canGoOn([...taking, ...observing], model.init, model, isBefore);
  });
}

type IsBefore = (a: Operation, b: Operation) => boolean;

function canGoOn(
  left: readonly Operation[],
  state: unknown,
  model: Model,
  isBefore: IsBefore,
): boolean {
  if (left.every(({ type }) => type === 'info')) return true;
  return left.some((next, i) => {
    const others = left.filter((_, j) => j !== i);
    if (others.some((other) => isBefore(other, next))) return false;
    return statesAfter(state, next, model).some((after) => canGoOn(others, after, model, isBefore));
  });
}

/**
 * Calls come before returns at equal times, except those of one process. Three operations or more that
 * touch may leave no order of their events in which all the others overlap: `of all` is the strictest.
 */
const beforeBy =
  (touching: 'of one process' | 'of all'): IsBefore =>
  (a, b) => {
    if (a.type === 'info' || a.endedMs === null) return false;
    const endMs = Math.max(a.endedMs, a.invokedMs);
    const mayTouch = a.index < b.index && (touching === 'of all' || a.process === b.process);
    return endMs < b.invokedMs || (mayTouch && endMs === b.invokedMs);
  };

/** Every choice of some operations. */
export function someOf(operations: readonly Operation[]): Operation[][] {
  const [first, ...rest] = operations;
  if (first === undefined) return [[]];
  const choices = someOf(rest);
  return [...choices, ...choices.map((chosen) => [first, ...chosen])];
}

/** Every order of the known operations and any of the unknown ones, with the states before and after each. */
export function* ordersOf(
  operations: readonly Operation[],
  model: Model,
): Generator<{ readonly order: readonly Operation[]; readonly states: readonly unknown[] }> {
  const taking = operations.filter((one) => one.type !== 'fail' || model.observesFailure(one));
  yield* ordersFrom(taking, [], [model.init], model);
}

function* ordersFrom(
  left: readonly Operation[],
  order: readonly Operation[],
  states: readonly unknown[],
  model: Model,
): ReturnType<typeof ordersOf> {
  if (left.every(({ type }) => type === 'info')) yield { order, states };
  for (const next of left) {
    const others = left.filter((one) => one !== next);
    if (others.some((other) => beforeBy('of one process')(other, next))) continue;
    for (const after of statesAfter(states.at(-1), next, model)) {
      yield* ordersFrom(others, [...order, next], [...states, after], model);
    }
  }
}

function statesAfter(state: unknown, operation: Operation, model: Model): readonly unknown[] {
  const next = model.step(state, operation);
  if (next === undefined) return [];
  return next instanceof OneOf ? next.states : [next];
}
