/**
 * Transactions: `txn {txn: [steps]}` → `{txn: [steps]}` with what was read. Steps are `["r", key, null]`
 * and `["append", key, value]`, or `["w", key, value]` of registers. Each value is written once.
 *
 * Keys are given up after so many writes and others take their place, so that lists stay short.
 */
import type { Json } from '@faultline/protocol';
import {
  type KeyedLoadOptions,
  keyNames,
  knownAs,
  pick,
  readPace,
  type Workload,
} from './workload.ts';

export interface TxnLoadOptions extends KeyedLoadOptions {
  /** Lists that are appended to (default), or registers that are written. */
  readonly kind?: 'append' | 'register';
  /** Steps of the longest transaction; default 4. */
  readonly stepsMax?: number;
  /** Operations of one client after which a key is given up; default 64. */
  readonly operationsPerKey?: number;
}

export function txnLoad(options: TxnLoadOptions): Workload {
  const { kind = 'append', stepsMax = 4, operationsPerKey = 64 } = options;
  const keys = keyNames(options);
  const write = kind === 'append' ? 'append' : 'w';
  return knownAs('txn', options, {
    name: `txn-${kind}`,
    pace: readPace(options),
    finalReads: [],
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
  });
}
