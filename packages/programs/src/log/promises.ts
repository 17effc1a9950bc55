import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'append-only logs with offsets, each with one owner',
  promise: 'An acknowledged message stays at its offset, and offsets have no gaps.',
  breaks: {
    wipe: 'the messages of the keys that the node owned are lost',
    'late copies': 'a message without a request name is appended again',
  },
};
