/**
 * A queue, first in, first out: `enqueue v`, `dequeue` (answers the element, or null of an empty
 * queue). A dequeue that failed with code 20 has found the queue empty.
 */
import { maelstromErrors } from '@faultline/protocol';
import { sameValue } from '../canonical.ts';
import { defineModel, type Model } from './model.ts';
import { queueShortcut } from './queue-shortcut.ts';

type Elements = readonly unknown[];

export const queue: Model<Elements> = defineModel<Elements>({
  name: 'queue',
  knows: ['enqueue', 'dequeue'],
  init: [],
  anonymous: true,
  step(state, { f, input, output, type }) {
    if (f === 'enqueue') return [...state, input];
    if (f !== 'dequeue') return undefined;
    if (type === 'fail' || (type === 'ok' && output === null)) {
      return state.length === 0 ? state : undefined;
    }
    if (type === 'info') return state.slice(1);
    return state.length > 0 && sameValue(state[0], output) ? state.slice(1) : undefined;
  },
  isRead: ({ f, type, output }) =>
    f === 'dequeue' && (type === 'fail' || (type === 'ok' && output === null)),
  observesFailure: ({ f, error }) =>
    f === 'dequeue' && error?.code === maelstromErrors.keyDoesNotExist,
  shortcut: queueShortcut,
});
