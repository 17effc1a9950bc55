import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'replicated to all, always available, the last write wins',
  promise:
    'An acknowledged write is on the disk of its node. Nodes that reach each other agree on the write with the latest stamp.',
  breaks: {
    duplicates: 'each copy counts as a separate write, with a later stamp',
    wipe: 'a write that no other node had is lost',
    clocks:
      'with order=wall, a clock that runs ahead beats newer writes; with order=hybrid the promise holds',
    'late copies': 'the copy counts as a separate write, with a later stamp',
  },
};
