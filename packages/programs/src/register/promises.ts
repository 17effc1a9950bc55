import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'a linearizable register for each key, by quorums',
  promise: 'Reads and writes of a key are linearizable; error 11 means no effect.',
  breaks: {
    wipe: 'a quorum may no longer know the newest value',
    'late copies':
      'the write is done again, over newer values, and error 11 for the copy says nothing of the first one',
  },
};
