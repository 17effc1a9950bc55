/** Unique ids: `generate` → `{id}`. */
import { readyWorkload } from './define.ts';

export const idsWorkload = readyWorkload({
  name: 'ids',
  summary: 'ask for unique ids',
  asks: ['generate'],
  checks: ['unique-ids'],
  clients: () => ({ script: () => ({ next: () => ({ type: 'generate' }) }) }),
});

export const idsLoad = idsWorkload.load;
