/** Keys that hold something before they are written. */
import { describe, expect, test } from 'vitest';
import { checkTransactions, type TransactionOptions } from '../../src/index.ts';
import { historyOf, txn } from './helpers.ts';

const check = (options: TransactionOptions, ...transactions: readonly ReturnType<typeof txn>[]) =>
  checkTransactions(historyOf(...transactions), { model: 'serializable', ...options });
const names = (...asked: Parameters<typeof check>) =>
  check(...asked).anomalies.map(({ name }) => name);

describe('registers that begin as 0', () => {
  const options = { kind: 'register', initial: 0 } as const;
  const bothWrite = [
    txn([
      ['r', 'x', 0],
      ['w', 'y', 1],
    ]),
    txn([
      ['r', 'y', 0],
      ['w', 'x', 2],
    ]),
  ];

  test('are read as 0 before they are written', () => {
    const { verdict } = check(options, txn([['r', 'x', 0]]), txn([['w', 'x', 1]]));
    expect(verdict).toBe('ok');
    expect(names({ kind: 'register' }, txn([['r', 'x', 0]]))).toEqual(['unwritten']);
  });

  test('show write skew, and say what was read', () => {
    const { verdict, explanation } = check(options, ...bothWrite);
    expect(verdict).toBe('violated');
    expect(explanation.join('\n')).toContain('T0 read "x" as 0, and T1 wrote 2 to it');
  });

  test('are never null, and a write of 0 makes reads of 0 unknown', () => {
    expect(names(options, txn([['r', 'x', null]]))).toEqual(['unwritten']);
    const again = check(options, ...bothWrite, txn([['w', 'x', 0]]), txn([['w', 'y', 0]]));
    expect(again.verdict).toBe('unknown');
  });
});

describe('lists that begin as [7, 8]', () => {
  const options = { kind: 'append', initial: [7, 8] } as const;

  test('are read with their initial elements', () => {
    const right = [
      txn([['r', 'x', [7, 8]]]),
      txn([['append', 'x', 1]]),
      txn([['r', 'x', [7, 8, 1]]]),
    ];
    expect(check(options, ...right).verdict).toBe('ok');
    expect(names({ kind: 'append' }, ...right)).toContain('unwritten');
  });

  test('have lost their initial elements if a read lacks them', () => {
    expect(names(options, txn([['r', 'x', [1]]]), txn([['append', 'x', 1]]))).toEqual([
      'malformed',
    ]);
    expect(names(options, txn([['r', 'x', null]]))).toEqual(['malformed']);
  });

  test('show write skew', () => {
    const skew = [
      txn([
        ['r', 'x', [7, 8]],
        ['append', 'y', 1],
      ]),
      txn([
        ['r', 'y', [7, 8]],
        ['append', 'x', 2],
      ]),
      txn([
        ['r', 'x', [7, 8, 2]],
        ['r', 'y', [7, 8, 1]],
      ]),
    ];
    expect(names(options, ...skew)).toEqual(['G2-item']);
  });
});

test('an initial value that does not fit the kind leaves the history undecided', () => {
  const history = txn([['append', 'x', 1]]);
  const { verdict, summary } = check({ kind: 'append', initial: 0 }, history);
  expect(verdict).toBe('unknown');
  expect(summary).toContain('the option initial: expected a list, got 0');
});
