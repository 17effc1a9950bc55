/**
 * A part of a history that is wrong whatever came before it. An object whose state is unknown at first
 * answers anything, until an answer shows the state. If the part has no order even so, it has none after
 * any beginning: the beginning need not be searched, which is most of a long history.
 */
import type { Asked, Model } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import type { ShowingModel } from './timeline.ts';

const anyState = Symbol('any state');

/** The same object in a state that is not known. Undefined if the model does not say what answers show. */
export function fromAnyState(model: Model): ShowingModel | undefined {
  const { stateAfter, hash, equals, isHopeless, commutes } = model;
  if (stateAfter === undefined) return undefined;
  const isAny = (state: unknown): boolean => state === anyState;
  /** A read that shows the state changes what is known, so it is no read here. */
  const shows = (asked: Asked): boolean =>
    asked.type === 'ok' && model.isRead(asked) && stateAfter(asked) !== undefined;
  return {
    name: model.name,
    init: anyState,
    ...(model.anonymous === undefined ? {} : { anonymous: model.anonymous }),
    step(state, asked) {
      return isAny(state) ? (stateAfter(asked) ?? anyState) : model.step(state, asked);
    },
    ...(hash === undefined ? {} : { hash: (state) => (isAny(state) ? '\0any' : hash(state)) }),
    ...(equals === undefined
      ? {}
      : { equals: (a, b) => a === b || (!isAny(a) && !isAny(b) && equals(a, b)) }),
    partition: (asked) => model.partition(asked),
    isRead: (asked) => model.isRead(asked) && !shows(asked),
    shows,
    observesFailure: (asked) => model.observesFailure(asked),
    ...(isHopeless === undefined
      ? {}
      : { isHopeless: (state, toCome) => !isAny(state) && isHopeless(state, toCome) }),
    ...(commutes === undefined
      ? {}
      : { commutes: (a, b) => !shows(a) && !shows(b) && commutes(a, b) }),
    words: (state) => (isAny(state) ? 'any state' : model.words(state)),
  };
}

/** Without what was over before the first of the known operations: it can only have led to some state. */
export function withoutBeginning(
  operations: readonly Operation[],
  isKnown: (operation: Operation) => boolean,
): readonly Operation[] {
  const sinceMs = operations.reduce(
    (first, one) => (isKnown(one) ? Math.min(first, one.invokedMs) : first),
    Number.POSITIVE_INFINITY,
  );
  return operations.filter((one) => isKnown(one) || endOf(one) >= sinceMs);
}
