import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'a set in which adding wins over removing',
  promise:
    'An acknowledged change is kept, and nodes that know of the same changes have the same set.',
  breaks: {
    wipe: 'a change that no other node knew of is lost',
    'late copies': 'an element that was removed meanwhile is added again',
  },
};
