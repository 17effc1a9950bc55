/**
 * Registers by key: `read {key}` → `{value}`, `write {key, value}`, `cas {key, from, to}`. Every value
 * is written once. A compare-and-set goes by the latest value that its client knows of.
 */
import {
  type Answer,
  type KeyedLoadOptions,
  keyNames,
  knownAs,
  pick,
  readPace,
  uniqueValue,
  type Workload,
} from './workload.ts';

export interface RegisterLoadOptions extends KeyedLoadOptions {
  /** Share of reads; default 0.5. */
  readonly reads?: number;
  /** Share of compare-and-sets; default 0.1. 0 for programs without. */
  readonly cas?: number;
}

export function registerLoad(options: RegisterLoadOptions): Workload {
  const { reads = 0.5, cas = 0.1 } = options;
  const keys = keyNames(options);
  return knownAs('register', options, {
    name: 'register',
    pace: readPace(options),
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
  });
}
