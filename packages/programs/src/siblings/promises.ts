import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'key-value that keeps all concurrent values',
  promise: 'An acknowledged write is there until a client that has read it replaces it.',
  breaks: {
    wipe: 'a write that no other node had is lost',
    'late copies': 'the value is there again beside those that replaced it',
  },
};
