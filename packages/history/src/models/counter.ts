/** A counter that starts at 0: `add n` (`increment` and `decrement` add ±n, without n ±1), `read`. */
import { defineModel, type Model } from './model.ts';

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

export const counter: Model<number> = defineModel<number>({
  name: 'counter',
  knows: ['add', 'increment', 'decrement', 'read'],
  init: 0,
  anonymous: true,
  step(state, { f, input, output, type }) {
    if (f === 'read') return output === state ? state : undefined;
    const by = numberOr(input, 1);
    const next = f === 'decrement' ? state - by : state + by;
    if (f !== 'decrement' && f !== 'increment' && f !== 'add') return undefined;
    // One that answers with the new value has been read as well.
    const isAnswered = type === 'ok' && typeof output === 'number';
    return isAnswered && output !== next ? undefined : next;
  },
  isRead: ({ f }) => f === 'read',
  stateAfter: ({ output, type }) =>
    type === 'ok' && typeof output === 'number' ? output : undefined,
  commutes: (a, b) => typeof a.output !== 'number' && typeof b.output !== 'number',
});
