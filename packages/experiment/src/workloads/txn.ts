/**
 * Transactions: `txn {txn: [steps]}` → `{txn: [steps]}` with the values read. Steps are `["r", key, null]`
 * and `["append", key, value]`, or `["w", key, value]` of registers. Each value is written once.
 *
 * Keys are replaced by others after a number of writes, so that lists stay short.
 */
import type { Json } from '@faultline/protocol';
import { type Static, Type } from 'typebox';
import { readyWorkload } from './define.ts';
import { type KeyedLoadOptions, pick } from './workload.ts';

const options = Type.Object({
  kind: Type.Optional(
    Type.Union([Type.Literal('append'), Type.Literal('register')], {
      default: 'append',
      description: 'append to lists, or write registers',
    }),
  ),
  stepsMax: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 4,
      description: 'the largest number of steps in a transaction',
    }),
  ),
  operationsPerKey: Type.Optional(
    Type.Integer({
      minimum: 1,
      default: 64,
      description: 'operations of one client after which a key is replaced',
    }),
  ),
});

export type TxnLoadOptions = KeyedLoadOptions & Static<typeof options>;

export const txnWorkload = readyWorkload({
  name: 'txn',
  summary: 'run transactions on lists or registers',
  options,
  keys: 3,
  asks: ['txn'],
  checks: ['serializable'],
  clients({ kind, stepsMax, operationsPerKey, keys }) {
    const write = kind === 'append' ? 'append' : 'w';
    return {
      name: `txn-${kind}`,
      script: (client) => ({
        next(n, draw) {
          const age = Math.floor(n / operationsPerKey);
          const length = 1 + Math.floor(draw(0) * stepsMax);
          const txn = Array.from({ length }, (_, i): Json => {
            const key = `${pick(keys, draw(2 * i + 1))}.${age}`;
            // No client has more than 1000 steps in one transaction.
            const value = (100 * n + client) * 1000 + i;
            return draw(2 * i + 2) < 0.5 ? ['r', key, null] : [write, key, value];
          });
          return { type: 'txn', txn };
        },
      }),
    };
  },
});

export const txnLoad = txnWorkload.load;
