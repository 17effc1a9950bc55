import { describe, expect, test } from 'vitest';
import { type AnomalyName, checkTransactions, type TransactionKind } from '../../src/index.ts';
import { historyOf, type StepText, txn } from './helpers.ts';

const w = (kind: TransactionKind, key: string, value: number): StepText => [
  kind === 'append' ? 'append' : 'w',
  key,
  value,
];
const r = (kind: TransactionKind, key: string, ...list: readonly number[]): StepText => [
  'r',
  key,
  kind === 'append' ? list : (list.at(-1) ?? null),
];

const found = (
  kind: TransactionKind,
  ...transactions: readonly ReturnType<typeof txn>[]
): AnomalyName[] =>
  checkTransactions(historyOf(...transactions), { kind, model: 'read-committed' }).anomalies.map(
    ({ name }) => name,
  );

describe.each<TransactionKind>(['append', 'register'])(
  'a second read of a transaction that disagrees with its first, %s',
  (kind) => {
    test('shows an aborted write', () => {
      const names = found(
        kind,
        txn([w(kind, 'x', 1)]),
        txn([w(kind, 'x', 2)], { type: 'fail' }),
        txn([r(kind, 'x', 1), r(kind, 'x', 1, 2)]),
      );
      expect(names).toContain('G1a');
      expect(names).toContain('internal');
    });

    test('shows a value that no client wrote', () => {
      const names = found(kind, txn([w(kind, 'x', 1)]), txn([r(kind, 'x', 1), r(kind, 'x', 1, 9)]));
      expect(names).toContain('unwritten');
    });

    test('shows a write in the middle of its transaction', () => {
      const names = found(
        kind,
        txn([w(kind, 'x', 1)]),
        txn([w(kind, 'x', 2), w(kind, 'x', 3)]),
        txn([r(kind, 'x', 1), r(kind, 'x', 1, 2)]),
      );
      expect(names).toContain('G1b');
    });

    test('shows circular information flow', () => {
      const names = found(
        kind,
        txn([r(kind, 'x'), r(kind, 'x', 1), w(kind, 'y', 1)]),
        txn([r(kind, 'y'), r(kind, 'y', 1), w(kind, 'x', 1)]),
      );
      expect(names).toContain('G1c');
    });

    test('of committed values is read committed', () => {
      const history = historyOf(
        txn([w(kind, 'x', 1)]),
        txn([w(kind, 'x', 2)]),
        txn([r(kind, 'x', 1), r(kind, 'x', 1, 2)]),
      );
      const { verdict } = checkTransactions(history, { kind, model: 'read-committed' });
      expect(verdict).toBe('ok');
    });
  },
);

test('a read after an append of the same transaction shows its elements, but not the order of versions', () => {
  const names = found(
    'append',
    txn([['append', 'x', 1]]),
    txn([['append', 'x', 2]]),
    txn([['append', 'x', 4]], { type: 'fail' }),
    txn([
      ['r', 'x', []],
      ['append', 'x', 3],
      ['r', 'x', [1, 3, 4]],
    ]),
    txn([['r', 'x', [1, 2, 3]]]),
  );
  expect(names).toEqual(expect.arrayContaining(['G1a', 'internal']));
  expect(names).not.toContain('incompatible-order');
});

test('an unknown transaction has committed all its appends if one was read', () => {
  const history = historyOf(
    txn(
      [
        ['append', 'x', 1],
        ['append', 'y', 1],
      ],
      { type: 'info', at: [0, 1] },
    ),
    txn(
      [
        ['r', 'x', [1]],
        ['r', 'y', []],
      ],
      { at: [10, 11] },
    ),
  );
  const { verdict, anomalies } = checkTransactions(history, {
    kind: 'append',
    model: 'serializable',
  });
  expect(verdict).toBe('violated');
  expect(anomalies.map(({ name }) => name)).toContain('G-single');
});

test.each([{}, null])('transactions that only write may be answered %j', (output) => {
  const history = historyOf(
    { ...txn([['append', 'x', 1]]), output },
    txn([['r', 'x', [1]]], { at: [200, 201] }),
  );
  const { verdict } = checkTransactions(history, { kind: 'append' });
  expect(verdict).toBe('ok');
  const reading = historyOf({ ...txn([['r', 'x', []]]), output });
  expect(checkTransactions(reading, { kind: 'append' }).verdict).toBe('violated');
});
