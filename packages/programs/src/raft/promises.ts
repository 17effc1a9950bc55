import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'a linearizable key-value store, replicated by consensus',
  promise:
    'Requests on a key are linearizable, each takes effect at most once, and error 11 means no effect.',
  breaks: {
    wipe: 'a majority may no longer know what it has voted for or stored: remove the node and add another',
    'late copies':
      'a restarted node that knows of no leader answers the copy with error 11, though the first one may have taken effect',
  },
};
