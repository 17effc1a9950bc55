import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'a linearizable register for each key, by quorums',
  promise: 'Reads and writes of a key are linearizable; error 11 means no effect.',
  breaks: {
    wipe: 'a quorum may no longer know the newest value',
    'late copies':
      'the node writes the value again, even over a newer one; and if it answers the copy with error 11, the first request may still have taken effect',
  },
};
