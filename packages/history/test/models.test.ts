/** What each model allows and what not, one claim a row. */
import { describe, expect, test } from 'vitest';
import {
  appendList,
  bank,
  checkLinearizable,
  counter,
  defineModel,
  keyValue,
  lease,
  lock,
  type Model,
  oneOf,
  queue,
  register,
  registerOf,
  set,
} from '../src/index.ts';
import { history } from './helpers/notation.ts';

type Rows = readonly (readonly [
  claim: string,
  text: string,
  verdict: 'ok' | 'violated' | 'unknown',
])[];

const accounts = bank({ accounts: { a: 10, b: 0 } });
const transfer = 'transfer {"from":"a","to":"b","amount":3}';
const rows: readonly (readonly [string, Model, Rows])[] = [
  [
    'register',
    register as Model,
    [
      ['answers what was written', 'c1 0..1 write 1\nc2 2..3 read → 1', 'ok'],
      ['begins with nothing', 'c1 0..1 read', 'ok'],
      ['is never read stale', 'c1 0..1 write 1\nc1 2..3 write 2\nc2 4..5 read → 1', 'violated'],
      [
        'may be read either way during a write',
        'c1 0..1 write 1\nc1 2..9 write 2\nc2 3..4 read → 1\nc2 5..6 read → 2',
        'ok',
      ],
      [
        'is not read new and then old again',
        'c1 0..1 write 1\nc1 2..9 write 2\nc2 3..4 read → 2\nc3 5..6 read → 1',
        'violated',
      ],
      [
        'may see an unknown write much later',
        'c1 0..1 write 1\nc2 0..? write 2\nc3 2..3 read → 1\nc3 4..5 read → 2',
        'ok',
      ],
      [
        'sees an unknown write once and not twice',
        'c1 0..1 write 1\nc2 0..? write 2\nc3 2..3 read → 2\nc1 4..5 write 1\nc3 6..7 read → 2',
        'violated',
      ],
      [
        'may have been changed by whichever unknown write leaves the other for later',
        'c1 0..1 write 0\nw 0..? write 2\nx 1..? cas [0,2]\nc1 3..4 read → 2\nc1 5..6 write 1\nc1 7..8 read → 2',
        'ok',
      ],
      ['never sees a failed write', 'c1 0..1 write 1 ✗ 11\nc2 2..3 read → 1', 'violated'],
      ['swaps what matches', 'c1 0..1 write 1\nc2 2..3 cas [1,2]\nc1 4..5 read → 2', 'ok'],
      ['swaps nothing else', 'c1 0..1 write 1\nc2 2..3 cas [3,2]', 'violated'],
      ['may refuse to swap what differs', 'c1 0..1 write 1\nc2 2..3 cas [3,2] ✗ 22', 'ok'],
      ['swaps what matches, always', 'c1 0..1 write 1\nc2 2..3 cas [1,2] ✗ 22', 'violated'],
      ['is there once written', 'c1 0..1 write 1\nc2 2..3 read ✗ 20', 'violated'],
      [
        'understands how Maelstrom spells it',
        'c1 0..1 cas {"from":1,"to":2,"create_if_not_exists":true}\nc1 2..3 read → 2',
        'ok',
      ],
      [
        'compares lists and objects as values',
        'c1 0..1 write {"a":1,"b":2}\nc2 2..3 read → {"b":2,"a":1}',
        'ok',
      ],
      ['has calls before returns at equal times', 'c1 0..1 write 1\nc2 1..2 read → null', 'ok'],
    ],
  ],
  ['register that begins', registerOf(7) as Model, [['with 7', 'c1 0..1 read → 7', 'ok']]],
  [
    'key-value',
    keyValue as Model,
    [
      ['has keys apart', 'c1 0..1 x: put 1\nc1 2..3 y: get', 'ok'],
      [
        'appends to a text',
        'c1 0..1 x: put "a"\nc1 2..3 x: append "b"\nc1 4..5 x: get → "ab"',
        'ok',
      ],
      ['makes a list', 'c1 0..1 x: append 1\nc1 2..3 x: append 2\nc1 4..5 x: get → [1,2]', 'ok'],
      [
        'forgets what was deleted',
        'c1 0..1 x: put 1\nc1 2..3 x: delete\nc1 4..5 x: get → 1',
        'violated',
      ],
      ['has what it has', 'c1 0..1 x: put 1\nc2 2..3 x: get ✗ 20', 'violated'],
    ],
  ],
  [
    'counter',
    counter as Model,
    [
      ['sums up', 'c1 0..1 add 2\nc1 2..3 increment\nc1 4..5 decrement\nc1 6..7 read → 2', 'ok'],
      ['counts nothing twice', 'c1 0..1 add 2\nc1 2..3 read → 4', 'violated'],
      [
        'may count an unknown one or not',
        'c1 0..? add 2\nc2 1..2 read → 0\nc2 3..4 read → 2',
        'ok',
      ],
      ['knows its own words only', 'c1 0..1 toString', 'unknown'],
      ['has given the values it answered', 'c1 0..1 add 2 → 2\nc1 2..3 add 1 → 2', 'violated'],
    ],
  ],
  [
    'set',
    set as Model,
    [
      ['holds what was added', 'c1 0..1 add 1\nc2 0..1 add 2\nc1 2..3 read → [2,1]', 'ok'],
      ['loses nothing', 'c1 0..1 add 1\nc1 2..3 read → []', 'violated'],
      ['holds nothing twice', 'c1 0..1 add 1\nc1 2..3 read → [1,1]', 'violated'],
      [
        'brings nothing back',
        'c1 0..1 add 1\nc1 2..3 remove 1\nc1 4..5 contains 1 → true',
        'violated',
      ],
    ],
  ],
  [
    'queue',
    queue as Model,
    [
      [
        'is first in, first out',
        'c1 0..1 enqueue 1\nc1 2..3 enqueue 2\nc2 4..5 dequeue → 1\nc2 6..7 dequeue → 2',
        'ok',
      ],
      [
        'is not last in, first out',
        'c1 0..1 enqueue 1\nc1 2..3 enqueue 2\nc2 4..5 dequeue → 2',
        'violated',
      ],
      [
        'gives nothing twice',
        'c1 0..1 enqueue 1\nc2 2..3 dequeue → 1\nc3 2..3 dequeue → 1',
        'violated',
      ],
      [
        'may lose to an unknown dequeue',
        'c1 0..1 enqueue 1\nc2 2..? dequeue\nc3 4..5 dequeue',
        'ok',
      ],
      ['is not empty with something in it', 'c1 0..1 enqueue 1\nc3 4..5 dequeue ✗ 20', 'violated'],
    ],
  ],
  [
    'lock',
    lock as Model,
    [
      ['is held by one', 'c1 0..1 acquire\nc2 2..3 acquire', 'violated'],
      ['passes on', 'c1 0..1 acquire → 1\nc1 2..3 release\nc2 4..5 acquire → 2', 'ok'],
      [
        'gives growing tokens',
        'c1 0..1 acquire → 1\nc1 2..3 release\nc2 4..5 acquire → 1',
        'violated',
      ],
      ['is released by its holder', 'c1 0..1 acquire\nc2 2..3 release', 'violated'],
      ['may be held by who never heard of it', 'c1 0..? acquire\nc1 2..3 release', 'ok'],
    ],
  ],
  [
    'lease',
    lease as Model,
    [
      ['runs out', 'c1 0..1 acquire → 1\nc2 2..3 acquire → 2', 'ok'],
      ['fences the old holder off', 'c2 0..1 use 2\nc1 2..3 use 1', 'violated'],
      [
        'leaves a token out for an unknown one',
        'c1 0..1 acquire → 1\nc1 2..? acquire\nc2 4..5 acquire → 3',
        'ok',
      ],
    ],
  ],
  [
    'append list',
    appendList as Model,
    [
      [
        'keeps the order of appends',
        'c1 0..1 append 1\nc1 2..3 append 2\nc2 4..5 read → [1,2]',
        'ok',
      ],
      [
        'does not turn it round',
        'c1 0..1 append 1\nc1 2..3 append 2\nc2 4..5 read → [2,1]',
        'violated',
      ],
      [
        'has one order for all',
        'c1 0..9 append 1\nc2 0..9 append 2\nc3 1..2 read → [1]\nc4 3..4 read → [2]',
        'violated',
      ],
      ['gives each its own offset', 'c1 0..9 append 1 → 0\nc2 0..9 append 2 → 0', 'violated'],
    ],
  ],
  [
    'bank',
    accounts as Model,
    [
      [
        'moves money',
        'c1 0..1 transfer {"from":"a","to":"b","amount":3}\nc2 2..3 read → {"a":7,"b":3}',
        'ok',
      ],
      [
        'keeps the sum',
        'c1 0..1 transfer {"from":"a","to":"b","amount":3}\nc2 2..3 read → {"a":7,"b":0}',
        'violated',
      ],
      ['is not overdrawn', 'c1 0..1 transfer {"from":"b","to":"a","amount":3}', 'violated'],
      [
        'refuses only what is not covered',
        'c1 0..1 transfer {"from":"a","to":"b","amount":3} ✗ 22',
        'violated',
      ],
    ],
  ],
  [
    'bank with unknown initial balances',
    bank() as Model,
    [
      [
        'has the balances of the first read',
        `c1 0..1 ${transfer}\nc2 2..3 read → {"a":4,"b":5}\nc1 4..5 ${transfer}\nc2 6..7 read → {"a":1,"b":8}`,
        'ok',
      ],
      [
        'keeps the sum from then on',
        `c2 0..1 read → {"a":4,"b":5}\nc1 2..3 ${transfer}\nc2 4..5 read → {"a":4,"b":5}`,
        'violated',
      ],
      [
        'is not overdrawn from then on',
        `c2 0..1 read → {"a":2,"b":5}\nc1 2..3 ${transfer}`,
        'violated',
      ],
      [
        'may refuse what came before',
        `c1 0..1 ${transfer} ✗ 22\nc2 2..3 read → {"a":2,"b":5}`,
        'ok',
      ],
    ],
  ],
];

describe.each(rows)('a %s', (_, model, claims) => {
  test.each(claims)('%s', (_claim, text, verdict) => {
    expect(checkLinearizable(history(text), model).verdict).toBe(verdict);
  });
});

test('a custom model takes ten lines', () => {
  const toggle = defineModel({
    name: 'switch',
    init: false,
    step(on, { f, output }) {
      if (f === 'flip') return !on;
      return output === on ? on : undefined;
    },
  });
  const flipped = (seen: boolean) => history(`c1 0..1 flip\nc2 2..3 look → ${seen}`);
  expect(checkLinearizable(flipped(true), toggle).verdict).toBe('ok');
  expect(checkLinearizable(flipped(false), toggle).verdict).toBe('violated');
});

test('an object that chooses may have chosen any of its states, and has chosen one', () => {
  const coin = defineModel<string>({
    name: 'coin',
    init: 'heads',
    step(side, { f, output }) {
      if (f === 'toss') return oneOf('heads', 'tails');
      return output === side ? side : undefined;
    },
  });
  const seen = (first: string, second: string) =>
    history(`c1 0..1 toss\nc2 2..3 look → "${first}"\nc2 4..5 look → "${second}"`);
  expect(checkLinearizable(seen('tails', 'tails'), coin).verdict).toBe('ok');
  expect(checkLinearizable(seen('heads', 'heads'), coin).verdict).toBe('ok');
  expect(checkLinearizable(seen('heads', 'tails'), coin).verdict).toBe('violated');
});

test('partition returns the part of an object that an operation acts on', () => {
  const perShard = defineModel<number>({
    name: 'shards',
    init: 0,
    step: (count, { f, output }) => {
      if (f === 'add') return count + 1;
      return output === count ? count : undefined;
    },
    partition: ({ input }) => (input as { shard: string }).shard,
  });
  const shards = history(
    'c1 0..1 add {"shard":"a"}\nc1 2..3 read {"shard":"b"} → 0\nc1 4..5 read {"shard":"a"} → 1',
  );
  const { verdict, stats } = checkLinearizable(shards, perShard);
  expect([verdict, stats.parts]).toEqual(['ok', 2]);
});

test.each([register, keyValue, counter, set, queue, lock, lease, appendList, bank()] as Model[])(
  'of operations that a $name does not have nothing is said, unless they failed',
  (model) => {
    const strange = { ...history('c1 0..1 fly')[0]!, output: 1 };
    const { verdict, summary } = checkLinearizable({ operations: [strange] }, model);
    expect([verdict, summary]).toEqual(['unknown', expect.stringContaining('has no fly, only ')]);
    const failed = checkLinearizable({ operations: [{ ...strange, type: 'fail' }] }, model);
    expect(failed.verdict).toBe('vacuous');
  },
);
