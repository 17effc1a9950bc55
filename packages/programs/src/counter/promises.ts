import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'a counter that every node increments locally',
  promise: 'An acknowledged addition is counted once, everywhere in the end.',
  breaks: {
    wipe: 'an addition that no other node knew of is lost',
    'late copies': 'the addition is counted again',
  },
};
