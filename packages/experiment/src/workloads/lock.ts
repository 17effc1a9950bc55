/**
 * Locks with leases and fencing, by key: `acquire {key, lease}` → `{token}`, `write {key, token, value}` to
 * the resource that the lock guards, `release {key, token}`. A client that has acquired the lock uses it and
 * releases it in its next operations; a client that does not know whether it has the lock asks again.
 *
 * Checkers see `acquire` with its lease and token, `use` of a token, and `release`: the models `lock` and `lease`.
 */
import { lease } from '@faultline/history';
import { type Static, Type } from 'typebox';
import { readyWorkload } from './define.ts';
import { type Answer, fieldOf, type KeyedLoadOptions, pick, uniqueValue } from './workload.ts';

const options = Type.Object({
  leaseMs: Type.Optional(
    Type.Integer({
      minimum: 1,
      default: 1000,
      description: 'the requested lease of a lock, in ms',
    }),
  ),
});

export type LockLoadOptions = KeyedLoadOptions & Static<typeof options>;

interface Held {
  readonly key: string;
  readonly token: unknown;
  isUsed: boolean;
}

export const lockWorkload = readyWorkload({
  name: 'lock',
  summary: 'acquire locks with leases, write what they guard, and release them',
  options,
  keys: 1,
  asks: ['acquire', 'write', 'release'],
  model: lease,
  checks: ['fencing'],
  clients: ({ leaseMs, keys }) => ({
    script(client) {
      let held: Held | undefined;
      return {
        next(n, draw) {
          if (held === undefined) {
            return { type: 'acquire', key: pick(keys, draw(0)), lease: leaseMs };
          }
          const { key, token, isUsed } = held;
          if (isUsed) return { type: 'release', key, token };
          return { type: 'write', key, token, value: uniqueValue(client, n) };
        },
        hear({ request, type, body }: Answer) {
          if (request.type === 'write') held!.isUsed = true;
          else if (request.type === 'acquire' && type === 'ok') {
            held = { key: String(request.key), token: body.token, isUsed: false };
          } else held = undefined;
        },
      };
    },
    shape: (operation) =>
      operation.f === 'write'
        ? { ...operation, f: 'use', input: fieldOf(operation.input, 'token') ?? null }
        : operation,
  }),
});

export const lockLoad = lockWorkload.load;
