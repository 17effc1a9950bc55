/**
 * Registers by key: `read {key}` → `{value}`, `write {key, value}`, `cas {key, from, to}`. Every value
 * is written once. A compare-and-set expects the latest value that its client knows.
 */
import { keyValue } from '@faultline/history';
import { type Static, Type } from 'typebox';
import { readyWorkload, share } from './define.ts';
import { type Answer, type KeyedLoadOptions, pick, uniqueValue } from './workload.ts';

const options = Type.Object({
  reads: share('share of reads', 0.5),
  cas: share('share of compare-and-sets; 0 for programs without', 0.1),
});

export type RegisterLoadOptions = KeyedLoadOptions & Static<typeof options>;

export const registerWorkload = readyWorkload({
  name: 'register',
  summary: 'read, write and compare-and-set registers by key',
  options,
  keys: 3,
  asks: ['read', 'write', 'cas', 'delete', 'append'],
  model: keyValue,
  checks: ['linearizable'],
  clients: ({ reads, cas, keys }) => ({
    finalReads: keys.map((key) => ({ type: 'read', key })),
    script(client) {
      const known = new Map<string, unknown>();
      return {
        next(n, draw) {
          const key = pick(keys, draw(0));
          const kind = draw(1);
          const value = uniqueValue(client, n);
          if (kind < reads) return { type: 'read', key };
          const from = known.get(key);
          if (kind < reads + cas && from !== undefined && from !== null) {
            return { type: 'cas', key, from, to: value };
          }
          return { type: 'write', key, value };
        },
        hear({ request, type, body }: Answer) {
          if (type !== 'ok') return;
          const value = request.type === 'read' ? body.value : (request.value ?? request.to);
          known.set(String(request.key), value);
        },
      };
    },
  }),
});

export const registerLoad = registerWorkload.load;
