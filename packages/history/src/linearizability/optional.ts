/**
 * Changes of which it is left open whether they took effect: if they did, between their invocation and
 * their end. What is known of an operation is relaxed so, to see whether it matters.
 */
import { type Asked, type Model, OneOf } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { asUnknown } from './witness.ts';

const mark = '\0optional ';

export const isOptional = ({ f }: Asked): boolean => f.startsWith(mark);

export const asOptional = (operation: Operation): Operation => ({
  ...asUnknown(operation),
  f: mark + operation.f,
  type: 'ok',
  endedMs: operation.endedMs,
});

/** As if it had not ended: it may have taken effect. */
const asAsked = (asked: Asked): Asked =>
  isOptional(asked) ? { ...asked, f: asked.f.slice(mark.length), type: 'info' } : asked;

/** The model of the same object, which also knows optional operations. */
export function withOptional(model: Model): Model {
  const { commutes, unobserved } = model;
  return {
    ...model,
    step(state, asked) {
      const next = model.step(state, asAsked(asked));
      if (!isOptional(asked)) return next;
      if (next === undefined) return state;
      return new OneOf([state, ...(next instanceof OneOf ? next.states : [next])]);
    },
    isRead: (asked) => model.isRead(asAsked(asked)),
    observesFailure: (asked) => model.observesFailure(asAsked(asked)),
    ...(commutes === undefined ? {} : { commutes: (a, b) => commutes(asAsked(a), asAsked(b)) }),
    ...(unobserved === undefined
      ? {}
      : {
          unobserved(operations) {
            const own = new Map(operations.map((one) => [asAsked(one), one]));
            return new Set([...unobserved([...own.keys()])].map((one) => own.get(one)!));
          },
        }),
    // It knows no optional operations.
    shortcut: (operations) =>
      operations.some(isOptional) ? undefined : model.shortcut?.(operations),
  };
}
