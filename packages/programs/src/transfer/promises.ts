import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'a bank on two-phase commit, or on sagas',
  promise: 'No money is made or lost; with two-phase commit, transfers and reads are linearizable.',
  breaks: {
    wipe: 'balances and decisions of the node are lost',
    'late copies': 'the transfer is done again',
  },
};
