import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'locks with leases and fencing tokens, and a resource that they guard',
  promise:
    'Each token is greater than all before, and the resource takes no write of an older token than it has seen.',
  breaks: {
    wipe: 'tokens are issued again',
    'late copies': 'a write of the same token is done again, over newer values',
  },
};
