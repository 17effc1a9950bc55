/** What a violation says: which operation, why, what else could have been, and the little that shows it. */
import { expect, test } from 'vitest';
import {
  appendList,
  checkLinearizable,
  counter,
  type FaultInterval,
  keyValue,
  type Model,
  type Operation,
  register,
  set,
} from '../../src/index.ts';
import { history } from '../helpers/notation.ts';

const stale = history(`
  c1 0..1 x: write 1
  c2 2..3 y: write 5
  c1 4..5 x: write 2
  c2 6..7 x: read → 2
  c3 8..12 x: write 3
  c2 9..11 x: read → 1
  c1 13..14 x: read → 3
`);
const faults: FaultInterval[] = [
  { fromMs: 0, toMs: 2, what: 'pause n3' },
  { fromMs: 8, toMs: 10, what: 'partition n1 | n2, n3', hits: 4 },
  { fromMs: 11, toMs: null, what: 'kill n1' },
];
const searching = { ...keyValue, shortcut: undefined } as Model;

test.each([
  ['with the shortcut', keyValue as Model],
  ['by search', searching],
])('a stale read is named, with what it could have been: %s', (_, model) => {
  const { verdict, summary, explanation, witness } = checkLinearizable(
    { operations: stale, faults },
    model,
  );
  expect(verdict).toBe('violated');
  expect(summary).toBe('not linearizable: key x has no place for c2 read x → 1 (#5)');
  expect(explanation).toEqual([
    'c2 read x → 1 (#5), 9 ms to 11 ms, cannot be placed: no moment between its invocation and its end explains its result.',
    'While it was pending the key-value could only be 2 (since c1 write x 2, #2) or 3 (since c3 write x 3, #4).',
    'Without this result, the operations completed by then can be ordered; 4 operations were invoked before it ended.',
    'These alone cannot be ordered: #0 c1 write x 1, 0 ms to 1 ms, whether or not it took effect; #2 c1 write x 2, 4 ms to 5 ms; #5 c2 read x → 1, 9 ms to 11 ms.',
    'Meanwhile: partition n1 | n2, n3, from 8 ms to 10 ms.',
    'Meanwhile: kill n1, from 11 ms on.',
  ]);
  expect(witness!.linearizedPrefix).toEqual([0, 2, 3]);
});

test('the smallest part has the write that a stale read saw and the one that came between', () => {
  const many: Operation[] = [];
  const add = (operation: Omit<Operation, 'index' | 'invokedMs' | 'endedMs' | 'type'>) => {
    const index = many.length;
    many.push({ ...operation, index, type: 'ok', invokedMs: index * 2, endedMs: index * 2 + 1 });
  };
  for (let i = 0; i < 400; i++) {
    add({ process: 'c1', f: 'write', input: i, output: null });
    add({ process: 'c2', f: 'cas', input: [i, -i - 1], output: null });
    add({ process: 'c3', f: 'read', input: null, output: i === 350 ? 349 : -i - 1 });
  }
  const { witness } = checkLinearizable(many, register);
  expect(witness!.operation.index).toBe(350 * 3 + 2);
  expect(witness!.isMinimal).toBe(true);
  expect(witness!.smallest.length).toBeLessThanOrEqual(4);
  expect(witness!.smallest.map(({ index }) => index)).toContain(349 * 3);
  expect(witness!.before).toBe(350 * 3 + 2);
  expect(witness!.linearizedPrefix).toEqual(Array.from({ length: 350 * 3 + 2 }, (_, i) => i));
});

test('a list is reported where it is first read wrong, not where that became inevitable', () => {
  const lost = history(`
    c1 0..1 append 1
    c2 2..3 append 2
    c1 4..5 read → [1,2]
    c2 6..7 append 3
    c1 8..9 read → [1,3]
    c1 10..11 read → [1,3]
  `);
  const { witness } = checkLinearizable(lost, appendList);
  expect(witness!.operation.index).toBe(4);
  expect(witness!.smallest.map(({ index }) => index)).toContain(4);
});

test('faults that touched nothing make a pass vacuous, and leave a violation a violation', () => {
  const missed = faults.map((fault) => ({ ...fault, hits: 0 }));
  const right = history('c1 0..1 write 1\nc2 2..3 read → 1');
  const verdict = (operations: Operation[], during: FaultInterval[]) =>
    checkLinearizable({ operations, faults: during }, keyValue).verdict;
  expect(verdict(right, missed)).toBe('vacuous');
  expect(verdict(right, faults)).toBe('ok');
  const between = { fromMs: 1.2, toMs: 1.8, what: 'kill n1', hits: 4 };
  expect(verdict(right, [between])).toBe('vacuous');
  expect(verdict(stale, missed)).toBe('violated');
  expect(verdict(history('c1 0..? write 1'), [])).toBe('vacuous');
});

test('unknown appends that no read shows do not hide the first wrong read of a list', () => {
  const unknown = Array.from({ length: 20 }, (_, i) => `u${i} ${i}..? append ${i}`);
  const operations = history(
    [...unknown, 'c1 30..31 append 100', 'c2 32..33 read → [100]', 'c2 34..35 read → []'].join(
      '\n',
    ),
  );
  const { verdict, witness } = checkLinearizable(operations, appendList);
  expect(verdict).toBe('violated');
  expect([witness!.isLocated, witness!.operation.index]).toEqual([true, 22]);
  expect(witness!.smallest.map(({ index }) => index)).toEqual([20, 22]);
});

/**
 * 700 operations of three clients at a time, of which the first changes and the others read, and then
 * one acknowledged change that the last read does not show.
 */
function longHistory(
  change: (round: number) => Pick<Operation, 'f' | 'input'>,
  answer: (rounds: number) => Operation['output'],
): Operation[] {
  const rounds = 233;
  const made: Operation[] = [];
  const add = (process: string, fromMs: number, asked: Pick<Operation, 'f' | 'input' | 'output'>) =>
    made.push({
      ...{ index: made.length, process, type: 'ok', ...asked },
      ...{ invokedMs: fromMs, endedMs: fromMs + 3 },
    });
  for (let round = 0; round <= rounds; round++) {
    const atMs = 10 * round;
    add('c1', atMs, { ...change(round), output: null });
    add('c2', atMs + 1, { f: 'read', input: null, output: answer(round) });
    add('c3', atMs + 4, {
      f: 'read',
      input: null,
      output: answer(round === rounds ? round : round + 1),
    });
  }
  return made;
}

const upTo = (rounds: number): number[] => Array.from({ length: rounds }, (_, i) => i);

test.each<[string, Model, Operation[]]>([
  ['list', appendList as Model, longHistory((round) => ({ f: 'append', input: round }), upTo)],
  [
    'counter',
    counter as Model,
    longHistory(
      () => ({ f: 'add', input: 2 }),
      (rounds) => 2 * rounds,
    ),
  ],
  [
    'set with removals',
    set as Model,
    longHistory(
      (round) => ({
        f: round % 3 === 2 ? 'remove' : 'add',
        input: round - (round % 3 === 2 ? 1 : 0),
      }),
      (rounds) => upTo(rounds).filter((i) => i % 3 === 0 || (i % 3 === 1 && i + 1 >= rounds)),
    ),
  ],
  [
    'register',
    register as Model,
    longHistory(
      (round) => ({ f: 'write', input: round % 5 }),
      (rounds) => (rounds === 0 ? null : (rounds - 1) % 5),
    ),
  ],
])(
  'a lost change after 700 operations of a %s is shown by a few of them',
  (_, model, operations) => {
    const { verdict, witness } = checkLinearizable(operations, model);
    expect([verdict, witness!.operation]).toEqual(['violated', operations.at(-1)]);
    expect(witness!.smallest.length).toBeLessThanOrEqual(4);
    expect(witness!.smallest).toContain(operations.at(-1));
  },
);

test('a stale read of a counter is shown by two reads also where many unknown adds were read', () => {
  const unknownBy = (round: number): number => (round % 6 === 0 ? 1 + (round % 5) : 0);
  const valueAfter = (rounds: number): number =>
    upTo(rounds).reduce((sum, round) => sum + 2 + unknownBy(round), 0);
  const known = longHistory(() => ({ f: 'add', input: 2 }), valueAfter).slice(0, -1);
  const unknown = upTo(233).flatMap((round): Operation[] => {
    const [input, process] = [unknownBy(round), `c${4 + (round % 5)}`];
    if (input === 0) return [];
    const index = known.length + round;
    const asked = { index, process, f: 'add', input, invokedMs: 10 * round, endedMs: null };
    return [{ ...asked, type: 'info' }];
  });
  const stale: Operation = {
    ...{ index: 2000, process: 'c3', type: 'ok', f: 'read', input: null },
    ...{ output: valueAfter(200), invokedMs: 2400, endedMs: 2401 },
  };
  const { verdict, witness } = checkLinearizable([...known, ...unknown, stale], counter);
  expect([verdict, witness!.operation]).toEqual(['violated', stale]);
  expect(witness!.smallest).toHaveLength(2);
});
