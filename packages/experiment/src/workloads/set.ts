/** A set: `add {element}`, `read` → `{value: [elements]}`. Each element is added once. */
import { set } from '@faultline/history';
import { type Static, Type } from 'typebox';
import { readyWorkload, share } from './define.ts';
import { type LoadOptions, uniqueValue } from './workload.ts';

const options = Type.Object({ reads: share('share of reads', 0.2) });

export type SetLoadOptions = LoadOptions & Static<typeof options>;

export const setWorkload = readyWorkload({
  name: 'set',
  summary: 'add elements to one set, each once, and read it',
  options,
  asks: ['add', 'remove', 'read'],
  model: set,
  checks: ['set'],
  clients: ({ reads }) => ({
    finalReads: [{ type: 'read' }],
    script: (client) => ({
      next: (n, draw) =>
        draw(0) < reads ? { type: 'read' } : { type: 'add', element: uniqueValue(client, n) },
    }),
  }),
});

export const setLoad = setWorkload.load;
