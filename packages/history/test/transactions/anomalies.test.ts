import { describe, expect, test } from 'vitest';
import {
  type AnomalyName,
  checkTransactions,
  type History,
  type TransactionModel,
  type TransactionOptions,
} from '../../src/index.ts';
import { historyOf, txn } from './helpers.ts';

const lists = { kind: 'append' } as const;
const registers = { kind: 'register' } as const;

const named = (history: History, options: TransactionOptions): AnomalyName[] =>
  checkTransactions(history, options).anomalies.map(({ name }) => name);

/** After everything, with a process of its own. */
const later = { at: [200, 201] } as const;

interface Row {
  readonly what: string;
  readonly anomalies: readonly AnomalyName[];
  readonly survives: readonly TransactionModel[];
  readonly options: TransactionOptions;
  readonly history: History;
}

const rows: readonly Row[] = [
  {
    what: 'writes that interleave',
    anomalies: ['G0'],
    survives: [],
    options: lists,
    history: historyOf(
      txn([
        ['append', 'x', 1],
        ['append', 'y', 1],
      ]),
      txn([
        ['append', 'x', 2],
        ['append', 'y', 2],
      ]),
      txn([['r', 'x', [1, 2]]]),
      txn([['r', 'y', [2, 1]]]),
    ),
  },
  {
    what: 'blind writes of registers that interleave, as reads after the last write show',
    anomalies: ['G0'],
    survives: [],
    options: { ...registers, keys: 'convergent' },
    history: historyOf(
      txn([
        ['w', 'x', 1],
        ['w', 'y', 1],
      ]),
      txn([
        ['w', 'x', 2],
        ['w', 'y', 2],
      ]),
      txn(
        [
          ['r', 'x', 1],
          ['r', 'y', 2],
        ],
        later,
      ),
    ),
  },
  {
    what: 'blind writes of registers that interleave, where keys are linearizable',
    anomalies: ['G0'],
    survives: [],
    options: { ...registers, keys: 'linearizable' },
    history: historyOf(
      txn([
        ['w', 'x', 1],
        ['w', 'y', 1],
      ]),
      txn([
        ['w', 'x', 2],
        ['w', 'y', 2],
      ]),
      txn(
        [
          ['r', 'x', 1],
          ['r', 'y', 2],
        ],
        later,
      ),
    ),
  },
  {
    what: 'a read of what failed',
    anomalies: ['G1a'],
    survives: ['strong-read-uncommitted'],
    options: lists,
    history: historyOf(txn([['append', 'x', 1]], { type: 'fail' }), txn([['r', 'x', [1]]])),
  },
  {
    what: 'a read of a register that failed',
    anomalies: ['G1a'],
    survives: ['strong-read-uncommitted'],
    options: registers,
    history: historyOf(txn([['w', 'x', 1]], { type: 'fail' }), txn([['r', 'x', 1]])),
  },
  {
    what: 'a read in the middle of a transaction',
    anomalies: ['G1b', 'G-single'],
    survives: ['strong-read-uncommitted'],
    options: lists,
    history: historyOf(
      txn([
        ['append', 'x', 1],
        ['append', 'x', 2],
      ]),
      txn([['r', 'x', [1]]]),
      txn([['r', 'x', [1, 2]]]),
    ),
  },
  {
    what: 'a read of a register in the middle of a transaction',
    anomalies: ['G1b'],
    survives: ['strong-read-uncommitted'],
    options: registers,
    history: historyOf(
      txn([
        ['w', 'x', 1],
        ['w', 'x', 2],
      ]),
      txn([['r', 'x', 1]]),
    ),
  },
  {
    what: 'two transactions that each read what the other wrote',
    anomalies: ['G1c'],
    survives: ['strong-read-uncommitted'],
    options: lists,
    history: historyOf(
      txn([
        ['append', 'x', 1],
        ['r', 'y', [1]],
      ]),
      txn([
        ['append', 'y', 1],
        ['r', 'x', [1]],
      ]),
    ),
  },
  {
    what: 'two updates of one version',
    anomalies: ['lost-update', 'G-single'],
    survives: ['strong-read-committed'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 0]]),
      txn([
        ['r', 'x', [0]],
        ['append', 'x', 1],
      ]),
      txn([
        ['r', 'x', [0]],
        ['append', 'x', 2],
      ]),
      txn([['r', 'x', [0, 1, 2]]]),
    ),
  },
  {
    what: 'two updates of one version of a register',
    anomalies: ['lost-update', 'G2-item'],
    survives: ['strong-read-committed'],
    options: registers,
    history: historyOf(
      txn([
        ['r', 'x', null],
        ['w', 'x', 1],
      ]),
      txn([
        ['r', 'x', null],
        ['w', 'x', 2],
      ]),
    ),
  },
  {
    what: 'a read of half of a transaction',
    anomalies: ['G-single'],
    survives: ['cursor-stability', 'strong-read-committed'],
    options: lists,
    history: historyOf(
      txn([
        ['append', 'x', 1],
        ['append', 'y', 1],
      ]),
      txn([
        ['r', 'x', [1]],
        ['r', 'y', []],
      ]),
      txn([['r', 'y', [1]]]),
    ),
  },
  {
    what: 'a long fork',
    anomalies: ['G-nonadjacent'],
    survives: ['parallel-snapshot-isolation', 'strong-read-committed'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]]),
      txn([['append', 'y', 1]]),
      txn([
        ['r', 'x', [1]],
        ['r', 'y', []],
      ]),
      txn([
        ['r', 'x', []],
        ['r', 'y', [1]],
      ]),
    ),
  },
  {
    what: 'write skew',
    anomalies: ['G2-item'],
    survives: ['strong-snapshot-isolation'],
    options: lists,
    history: historyOf(
      txn([
        ['r', 'x', []],
        ['append', 'y', 1],
      ]),
      txn([
        ['r', 'y', []],
        ['append', 'x', 1],
      ]),
      txn([
        ['r', 'x', [1]],
        ['r', 'y', [1]],
      ]),
    ),
  },
  {
    what: 'write skew of registers',
    anomalies: ['G2-item'],
    survives: ['strong-snapshot-isolation'],
    options: registers,
    history: historyOf(
      txn([
        ['r', 'x', null],
        ['w', 'y', 1],
      ]),
      txn([
        ['r', 'y', null],
        ['w', 'x', 1],
      ]),
    ),
  },
  {
    what: 'a stale read in real time',
    anomalies: ['G-single-realtime'],
    survives: ['strong-session-serializable', 'strong-read-committed'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]], { at: [0, 1] }),
      txn([['r', 'x', []]], { at: [2, 3] }),
      txn([['r', 'x', [1]]], { at: [4, 5] }),
    ),
  },
  {
    what: 'an append that was acknowledged and is never seen',
    anomalies: ['G-single-realtime'],
    survives: ['strong-session-serializable', 'strong-read-committed'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]], { at: [0, 1] }),
      txn([['r', 'x', []]], { at: [2, 3] }),
    ),
  },
  {
    what: 'a process that does not see what it did before',
    anomalies: ['G-single-process'],
    survives: ['serializable', 'strong-read-committed'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]], { process: 'c1', at: [0, 1] }),
      txn([['r', 'x', []]], { process: 'c1', at: [1, 3] }),
      txn([['r', 'x', [1]]], { at: [0, 5] }),
    ),
  },
  {
    what: 'a process whose second write is before its first',
    anomalies: ['G0-process'],
    survives: ['serializable'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]], { process: 'c1', at: [0, 1] }),
      txn([['append', 'x', 2]], { process: 'c1', at: [1, 3] }),
      txn([['r', 'x', [2, 1]]], { at: [0, 5] }),
    ),
  },
  {
    what: 'a write that is before one that had ended',
    anomalies: ['G0-realtime'],
    survives: ['strong-session-serializable'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]], { at: [0, 1] }),
      txn([['append', 'x', 2]], { at: [2, 3] }),
      txn([['r', 'x', [2, 1]]], { at: [0, 5] }),
    ),
  },
  {
    what: 'a read of what is written only after it has ended',
    anomalies: ['G1c-realtime'],
    survives: ['strong-session-serializable', 'strong-read-uncommitted'],
    options: lists,
    history: historyOf(
      txn([['r', 'x', [1]]], { at: [0, 1] }),
      txn([['append', 'x', 1]], { at: [2, 3] }),
    ),
  },
  {
    what: 'a list that forgets what the transaction itself appended',
    anomalies: ['internal'],
    survives: ['cursor-stability', 'strong-read-committed'],
    options: lists,
    history: historyOf(
      txn([
        ['append', 'x', 1],
        ['r', 'x', []],
      ]),
    ),
  },
  {
    what: 'a register that is another one at the second look',
    anomalies: ['internal', 'G-single'],
    survives: ['cursor-stability', 'strong-read-committed'],
    options: registers,
    history: historyOf(
      txn([['w', 'x', 1]]),
      txn([
        ['r', 'x', null],
        ['r', 'x', 1],
      ]),
    ),
  },
  {
    what: 'reads that cannot be of one list',
    anomalies: ['incompatible-order'],
    survives: ['strong-read-uncommitted'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]]),
      txn([['append', 'x', 2]]),
      txn([['r', 'x', [1, 2]]]),
      txn([['r', 'x', [2, 1]]]),
    ),
  },
  {
    what: 'an element that is there twice',
    anomalies: ['duplicate-elements'],
    survives: [],
    options: lists,
    history: historyOf(txn([['append', 'x', 1]]), txn([['r', 'x', [1, 1]]])),
  },
  {
    what: 'an element that no transaction appended',
    anomalies: ['unwritten'],
    survives: [],
    options: lists,
    history: historyOf(txn([['append', 'x', 1]]), txn([['r', 'x', [1, 7]]])),
  },
  {
    what: 'a value that no client wrote',
    anomalies: ['unwritten'],
    survives: [],
    options: registers,
    history: historyOf(txn([['w', 'x', 1]]), txn([['r', 'x', 7]])),
  },
  {
    what: 'a committed append on top of one that failed',
    anomalies: ['dirty-update', 'G1a'],
    survives: ['strong-read-uncommitted'],
    options: lists,
    history: historyOf(
      txn([['append', 'x', 1]], { type: 'fail' }),
      txn([['append', 'x', 2]]),
      txn([['r', 'x', [1, 2]]]),
    ),
  },
  {
    what: 'a transaction that reads its own future',
    anomalies: ['future-read'],
    survives: ['strong-read-uncommitted'],
    options: lists,
    history: historyOf(
      txn([
        ['r', 'x', [1]],
        ['append', 'x', 1],
      ]),
    ),
  },
  {
    what: 'a transaction that reads what it is yet to write to a register',
    anomalies: ['future-read'],
    survives: ['strong-read-uncommitted'],
    options: registers,
    history: historyOf(
      txn([
        ['r', 'x', 1],
        ['w', 'x', 1],
      ]),
    ),
  },
  {
    what: 'two transactions that each replace what the other wrote',
    anomalies: ['cyclic-versions', 'G1c'],
    survives: ['strong-read-uncommitted'],
    options: registers,
    history: historyOf(
      txn([
        ['r', 'x', 2],
        ['w', 'x', 1],
      ]),
      txn([
        ['r', 'x', 1],
        ['w', 'x', 2],
      ]),
    ),
  },
];

describe('each anomaly has its name and rules out the right models', () => {
  test.each(rows)('$what: $anomalies', ({ history, options, anomalies, survives }) => {
    const result = checkTransactions(history, options);
    expect(result.anomalies.map(({ name }) => name)).toEqual(anomalies);
    expect(result.survives).toEqual(survives);
    expect(result.verdict).toBe('violated');
    expect(result.witness).toBeDefined();
  });
});

describe('a malformed answer is never ignored', () => {
  const asked = [
    ['r', 'x', null],
    ['append', 'y', 1],
  ];
  test.each([
    ['no list of steps', null],
    ['a text', 'ok'],
    ['fewer steps', [['r', 'x', []]]],
    [
      'another key',
      [
        ['r', 'z', []],
        ['append', 'y', 1],
      ],
    ],
    [
      'another step',
      [
        ['r', 'x', []],
        ['r', 'y', []],
      ],
    ],
    [
      'another value',
      [
        ['r', 'x', []],
        ['append', 'y', 2],
      ],
    ],
    [
      'a step that is too long',
      [
        ['r', 'x', [], 1],
        ['append', 'y', 1],
      ],
    ],
    [
      'a number where a list should be',
      [
        ['r', 'x', 3],
        ['append', 'y', 1],
      ],
    ],
    [
      'a list of lists',
      [
        ['r', 'x', [[1]]],
        ['append', 'y', 1],
      ],
    ],
    [
      'an object',
      [
        ['r', 'x', { 0: 1 }],
        ['append', 'y', 1],
      ],
    ],
  ])('%s', (_, output) => {
    const operation = { ...historyOf(txn([])).operations[0]!, input: asked, output };
    const result = checkTransactions({ operations: [operation] }, lists);
    expect(result.anomalies.map(({ name }) => name)).toEqual(['malformed']);
    expect(result.verdict).toBe('violated');
    expect(result.explanation[1]).toMatch(/^ {2}T0 was answered ok, but /);
  });

  test('a register that is read as a list', () => {
    expect(named(historyOf(txn([['r', 'x', [1]]])), registers)).toEqual(['malformed']);
  });

  test('a missing list may be null', () => {
    expect(checkTransactions(historyOf(txn([['r', 'x', null]])), lists).verdict).toBe('ok');
  });
});

describe('a history that cannot be judged is unknown', () => {
  test('because of a request that is not a transaction', () => {
    const operation = { ...historyOf(txn([])).operations[0]!, input: [['set', 'x', 1]] };
    const { verdict, summary } = checkTransactions({ operations: [operation] }, lists);
    expect(verdict).toBe('unknown');
    expect(summary).toContain('expected a step "r" or "append"');
  });

  test('because of values that were written twice', () => {
    const history = historyOf(
      txn([['append', 'x', 1]]),
      txn([['append', 'x', 1]], { type: 'fail' }),
      txn([['r', 'x', [1]]]),
    );
    expect(checkTransactions(history, lists).verdict).toBe('unknown');
  });

  test('but violated if it also has a violation', () => {
    const history = historyOf(
      txn([['append', 'x', 1]]),
      txn([['append', 'x', 1]]),
      txn([['r', 'y', [7]]]),
    );
    expect(checkTransactions(history, lists).verdict).toBe('violated');
  });
});

describe('nothing to judge is vacuous', () => {
  test.each([
    ['an empty history', historyOf()],
    ['only failures', historyOf(txn([['append', 'x', 1]], { type: 'fail' }))],
    ['only unknown outcomes', historyOf(txn([['r', 'x', []]], { type: 'info' }))],
  ])('%s', (_, history) => {
    expect(checkTransactions(history, lists).verdict).toBe('vacuous');
  });
});

test('an anomaly that the model allows is reported, and the verdict is ok', () => {
  const { history } = rows.find(({ what }) => what === 'write skew')!;
  const result = checkTransactions(history, { ...lists, model: 'snapshot-isolation' });
  expect(result.verdict).toBe('ok');
  expect(result.explanation[0]).toBe(
    'G2-item: write skew: a cycle with anti-dependencies in a row',
  );
});

test('the example of the Elle paper is read skew, through an append that no transaction read', () => {
  const appends = (key: number, ...values: number[]) =>
    values.map((value) => ['append', key, value] as const);
  const history = historyOf(
    txn([...appends(253, 1, 3, 4), ...appends(255, 2, 3, 4, 5), ...appends(256, 1, 2)]),
    txn([
      ['append', 255, 8],
      ['r', 253, [1, 3, 4]],
    ]),
    txn([
      ['append', 256, 4],
      ['r', 255, [2, 3, 4, 5, 8]],
      ['r', 256, [1, 2, 4]],
      ['r', 253, [1, 3, 4]],
    ]),
    txn([
      ['append', 250, 10],
      ['r', 253, [1, 3, 4]],
      ['r', 255, [2, 3, 4, 5]],
      ['append', 256, 3],
    ]),
  );
  const { anomalies } = checkTransactions(history, lists);
  expect(anomalies.map(({ name }) => name)).toEqual(['G-single']);
  expect(anomalies[0]!.cycle!.map(({ from, kind, to }) => [from, kind, to])).toEqual([
    [3, 'rw', 1],
    [1, 'wr', 2],
    [2, 'ww', 3],
  ]);
});

test('a tangle of adjacent anti-dependencies does not violate snapshot isolation', () => {
  const history = historyOf(
    txn([['append', 9, 2]]),
    txn([
      ['append', 8, 1],
      ['r', 9, []],
    ]),
    txn([
      ['r', 6, []],
      ['r', 8, []],
      ['append', 9, 5],
    ]),
    txn([
      ['append', 6, 2],
      ['r', 9, [2]],
    ]),
  );
  expect(named(history, lists)).toEqual(['G2-item']);
  expect(checkTransactions(history, { ...lists, model: 'snapshot-isolation' }).verdict).toBe('ok');
});

test('a search that reaches its limit leaves open only the cycles that it would have had to find', () => {
  const { history } = rows.find(({ what }) => what === 'a long fork')!;
  const check = (model: TransactionModel, stepsMax?: number) =>
    checkTransactions(history, { ...lists, model, ...(stepsMax !== undefined && { stepsMax }) });
  expect(check('consistent-view').verdict).toBe('ok');
  expect(check('consistent-view', 0)).toMatchObject({
    verdict: 'unknown',
    survives: ['strong-read-committed', 'cursor-stability'].sort(),
    undecided: ['consistent-view', 'parallel-snapshot-isolation'],
  });
  expect(check('snapshot-isolation', 0).verdict).toBe('violated');
  expect(check('read-committed', 0).verdict).toBe('ok');
});

test('an unknown transaction may have taken effect late, or not at all', () => {
  const unknown = txn([['append', 'x', 1]], { type: 'info', at: [0, 1] });
  const blind = txn([['r', 'x', []]], { at: [2, 3] });
  const seeing = txn([['r', 'x', [1]]], { at: [4, 5] });
  expect(named(historyOf(unknown, blind), lists)).toEqual([]);
  expect(named(historyOf(unknown, blind, seeing), lists)).toEqual([]);
  const blindAgain = txn([['r', 'x', []]], { at: [6, 7] });
  expect(named(historyOf(unknown, seeing, blindAgain), lists)).toEqual(['G-single-realtime']);
});

test('a smallest cycle is described in words', () => {
  const { history } = rows.find(({ what }) => what === 'a read of half of a transaction')!;
  const { summary, explanation, anomalies } = checkTransactions(history, lists);
  expect(summary).toBe(
    'not strict serializable: G-single; strongest models not ruled out: cursor stability, strong read committed',
  );
  expect(explanation).toEqual([
    'G-single: read skew: a cycle with exactly one anti-dependency',
    '  T1 read "y" as [], without the 1 that T0 appended, so T0 is after T1',
    '  T0 appended 1 to "x" and T1 read it as [1], so T1 is after T0',
    '  so T1 would have to be before itself',
  ]);
  expect(anomalies[0]!.cycle!.map(({ from, to, kind }) => [from, kind, to])).toEqual([
    [1, 'rw', 0],
    [0, 'wr', 1],
  ]);
});

test('among many cycles the smallest is shown', () => {
  // A ring of ten, and a pair inside the same component.
  const ring = Array.from({ length: 10 }, (_, i) =>
    txn([
      ['r', `k${i}`, []],
      ['append', `k${(i + 1) % 10}`, 1],
    ]),
  );
  const pair = [
    txn([
      ['r', 'k0', []],
      ['append', 'p', 1],
      ['r', 'q', []],
    ]),
    txn([
      ['append', 'k1', 2],
      ['append', 'q', 1],
      ['r', 'p', []],
    ]),
  ];
  const reads = Array.from({ length: 10 }, (_, i) => txn([['r', `k${i}`, i === 1 ? [1, 2] : [1]]]));
  const history = historyOf(
    ...ring,
    ...pair,
    ...reads,
    txn([
      ['r', 'p', [1]],
      ['r', 'q', [1]],
    ]),
  );
  const { anomalies } = checkTransactions(history, lists);
  const skew = anomalies.find(({ name }) => name === 'G2-item')!;
  expect(skew.operations).toEqual([10, 11]);
});

test('five thousand lost updates of one key are not twenty-five million edges', () => {
  const many = Array.from({ length: 5000 }, (_, i) =>
    txn([
      ['r', 'x', []],
      ['append', 'x', i],
    ]),
  );
  const blind = Array.from({ length: 5000 }, () => txn([['r', 'x', []]]));
  const { stats, verdict } = checkTransactions(historyOf(...many, ...blind), lists);
  expect(verdict).toBe('violated');
  expect(stats.edges).toBeLessThan(30_000);
});

test('a register value that was written twice is attributed to no writer', () => {
  const history = historyOf(txn([['w', 'x', 1]]), txn([['w', 'x', 1]]), txn([['r', 'x', 1]]));
  expect(checkTransactions(history, registers)).toMatchObject({
    verdict: 'unknown',
    anomalies: [],
  });
});

test.each([lists, registers])(
  'the kind $kind is detected from the steps of the operations',
  ({ kind }) => {
    const of = kind === 'append' ? [1] : 1;
    const f = kind === 'append' ? 'append' : 'w';
    const history = historyOf(txn([[f, 'x', 1]]), txn([['r', 'x', of]], later));
    expect(checkTransactions(history)).toEqual(checkTransactions(history, { kind }));
    expect(checkTransactions(history).verdict).toBe('ok');
  },
);
