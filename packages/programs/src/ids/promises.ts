import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'unique ids, made without asking another node',
  promise: 'No id is issued twice.',
  breaks: {
    clocks:
      'with by=clock, a moment that comes again brings its ids again; with by=node the promise holds',
  },
};
