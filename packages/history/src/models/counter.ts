/** A counter that starts at 0: `add n` (`increment` and `decrement` add ±n, without n ±1), `read`. */
import { defineModel, type Model } from './model.ts';

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

export const counter: Model<number> = defineModel<number>({
  name: 'counter',
  init: 0,
  anonymous: true,
  step(state, { f, input, output, type }) {
    if (f === 'read') return output === state ? state : undefined;
    const by = numberOr(input, 1);
    const next = { add: state + by, increment: state + by, decrement: state - by }[f];
    // One that answers with the new value has been read as well.
    if (next === undefined || (type === 'ok' && typeof output === 'number' && output !== next)) {
      return undefined;
    }
    return next;
  },
  isRead: ({ f }) => f === 'read',
});
