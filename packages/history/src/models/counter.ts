/** A counter that starts at 0: `add n` (`increment` and `decrement` add ±n, without n ±1), `read`. */
import { counterConflict } from './counter-bounds.ts';
import { type Asked, defineModel, type Model } from './model.ts';

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

/** Undefined if it changes nothing. */
function changeOf({ f, input }: Pick<Asked, 'f' | 'input'>): number | undefined {
  const by = numberOr(input, 1);
  if (f === 'add' || f === 'increment') return by;
  return f === 'decrement' ? -by : undefined;
}

export const counter: Model<number> = defineModel<number>({
  name: 'counter',
  knows: ['add', 'increment', 'decrement', 'read'],
  init: 0,
  anonymous: true,
  step(state, asked) {
    const { f, output, type } = asked;
    if (f === 'read') return output === state ? state : undefined;
    const by = changeOf(asked);
    if (by === undefined) return undefined;
    const next = state + by;
    // One that answers with the new value has been read as well.
    const isAnswered = type === 'ok' && typeof output === 'number';
    return isAnswered && output !== next ? undefined : next;
  },
  isRead: ({ f }) => f === 'read',
  stateAfter: ({ output, type }) =>
    type === 'ok' && typeof output === 'number' ? output : undefined,
  conflictAt: (operations, last, optional) => counterConflict(operations, last, optional, changeOf),
  commutes: (a, b) => typeof a.output !== 'number' && typeof b.output !== 'number',
});
