/**
 * Changes of which it is left open whether they took effect: if they did, between their invocation and
 * their end, and answered as they were. So an operation is relaxed, to see whether it matters.
 */
import { type Asked, type Model, OneOf } from '../models/model.ts';
import type { Operation } from '../operation.ts';

const mark = '\0optional ';

export const isOptional = ({ f }: Asked): boolean => f.startsWith(mark);

export const asOptional = (operation: Operation): Operation => ({
  ...operation,
  f: mark + operation.f,
});

/** What it does if it takes effect. */
const taken = <One extends Asked>(asked: One): One =>
  isOptional(asked) ? { ...asked, f: asked.f.slice(mark.length) } : asked;

/** The model of the same object, which also knows optional operations. */
export function withOptional(model: Model): Model {
  const { commutes, conflictAt, unobserved } = model;
  return {
    ...model,
    step(state, asked) {
      const next = model.step(state, taken(asked));
      if (!isOptional(asked)) return next;
      if (next === undefined) return state;
      return new OneOf([state, ...(next instanceof OneOf ? next.states : [next])]);
    },
    isRead: (asked) => model.isRead(taken(asked)),
    observesFailure: (asked) => model.observesFailure(taken(asked)),
    ...(commutes === undefined ? {} : { commutes: (a, b) => commutes(taken(a), taken(b)) }),
    ...(unobserved === undefined
      ? {}
      : {
          unobserved(operations) {
            const own = new Map(operations.map((one) => [taken(one), one]));
            return new Set([...unobserved([...own.keys()])].map((one) => own.get(one)!));
          },
        }),
    ...(conflictAt === undefined
      ? {}
      : {
          conflictAt(operations, last) {
            const own = new Map(operations.map((one) => [taken(one), one]));
            const optional = new Set([...own].flatMap(([its, one]) => (its === one ? [] : [its])));
            return conflictAt([...own.keys()], last, optional)?.map((one) => own.get(one)!);
          },
        }),
    shortcut(operations) {
      const own = operations.map(taken);
      const optional = new Set(own.filter((_, i) => isOptional(operations[i]!)));
      if (optional.size === 0) return model.shortcut?.(operations);
      return model.shortcutWithOptional?.(own, optional);
    },
  };
}
