import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'each value reaches every node',
  promise: 'An acknowledged value reaches every node in the end, once.',
  breaks: {
    wipe: 'a value that no other node had is lost',
  },
};
