/** The result of each matcher for histories that are right, wrong, undecided and vacuous. */
import { expect, test } from 'vitest';
import {
  type FaultInterval,
  type History,
  matchers,
  type Operation,
  register,
} from '../src/index.ts';
import '../src/expect/vitest.ts';

type Given = Partial<Operation> & Pick<Operation, 'f'>;

/** Consecutive operations of one client on one node, 10 ms each. */
function history(given: readonly Given[], faults?: readonly FaultInterval[]): History {
  const operations = given.map(
    (each, index): Operation => ({
      index,
      process: 'c1',
      input: null,
      type: 'ok',
      invokedMs: 10 * index,
      endedMs: 10 * index + 5,
      node: 'n1',
      ...each,
    }),
  );
  return faults === undefined ? { operations } : { operations, faults };
}

const write = (input: number): Given => ({ f: 'write', input });
const add = (input: number): Given => ({ f: 'add', input });
const read = (output: Operation['input']): Given => ({ f: 'read', output });
const acquire = (process: string, output: number): Given => ({ f: 'acquire', process, output });
const txn = (...steps: readonly (readonly (string | number | null)[])[]): Given => ({
  f: 'txn',
  input: steps.map((step) => [...step]),
  output: steps.map((step) => [...step]),
});

type Name = keyof typeof matchers;

test.each<[Name, readonly Given[], readonly Given[], readonly unknown[]]>([
  ['toBeLinearizable', [write(1), read(1)], [write(1), read(2)], [register]],
  ['toBeConsistent', [write(1), read(1)], [write(1), read(null)], ['read your writes']],
  [
    'toBeConsistent',
    [write(1), read(1)],
    [write(1), read(null)],
    ['sequential', { model: register }],
  ],
  ['toBeConsistent', [write(1), read(1)], [write(1), read(null)], ['causal']],
  [
    'toBeConsistent',
    [txn(['append', 'x', 1]), txn(['r', 'x', null])],
    [txn(['append', 'x', 1]), { ...txn(['r', 'x', null]), output: [['r', 'x', [1, 1]]] }],
    ['serializable'],
  ],
  ['toConverge', [add(1), read([1])], [add(1), read([])], []],
  ['toLoseNothing', [add(1), read([1])], [add(1), read([])], []],
  [
    'toBeUnique',
    [
      { f: 'generate', output: 1 },
      { f: 'generate', output: 2 },
    ],
    [
      { f: 'generate', output: 1 },
      { f: 'generate', output: 1 },
    ],
    [],
  ],
  ['toConserve', [read({ a: 4, b: 6 })], [read({ a: 4, b: 5 })], [10]],
  ['toConserve', [read({ a: 4, b: 6 })], [read({ a: 4 })], [{ a: 10, b: 0 }]],
  ['toCount', [add(2), read(2)], [add(2), read(3)], []],
  [
    'toExclude',
    [acquire('c1', 1), { f: 'release' }, acquire('c2', 2)],
    [acquire('c1', 1), acquire('c2', 2)],
    [],
  ],
  ['toBeAvailable', [write(1)], [{ ...write(1), type: 'info' }], ['>= 99%']],
  ['toBeQuick', [write(1)], [{ ...write(1), endedMs: 900 }], [{ '100%': '10ms' }]],
])('%s passes a right history and rejects a wrong one', (name, right, wrong, args) => {
  const check = (given: readonly Given[], isNot = false) => {
    const matcher = matchers[name] as (this: object, ...all: unknown[]) => { pass: boolean };
    return matcher.call({ isNot }, history(given), ...args).pass;
  };
  expect([check(right), check(wrong)]).toEqual([true, false]);
  expect([check(right, true), check(wrong, true)]).toEqual([true, false]);
});

test('an undecided check fails, with and without `not`, and reports the reason', () => {
  const unread = history([add(1)]);
  expect(() => expect(unread).toLoseNothing()).toThrow(
    /^expected the history to lose nothing, but the check could not decide: 1 acknowledged element has no later read\nverdict: unknown$/,
  );
  expect(() => expect(unread).not.toLoseNothing()).toThrow(
    /not to lose nothing, but the check could not decide: 1 acknowledged/,
  );
});

test('a pass under faults that touched nothing is vacuous and fails', () => {
  const idle = [{ fromMs: 0, toMs: 100, what: 'cut n1 | n2', hits: 0 }];
  const vacuous = history([add(1), read([1])], idle);
  expect(() => expect(vacuous).toLoseNothing()).toThrow(
    /but the result proves nothing: [\s\S]*cut n1 \| n2: touched no process and no message/,
  );
  const busy = history([add(1), read([1])], [{ ...idle[0]!, hits: 3 }]);
  expect(busy).toLoseNothing();
});

test('a value that is not a history, a model or an option is rejected with a one-line error', () => {
  const load = Promise.resolve(history([]));
  expect(() => expect(load).toBeLinearizable(register)).toThrow(
    'toBeLinearizable: expected a history, as returned by `await cluster.load(…)`, got a promise: add await',
  );
  expect(() => expect(3).not.toConverge()).toThrow(/^toConverge: expected a history, .* got 3$/);
  const model = undefined as unknown as typeof register;
  expect(() => expect(history([read(1)])).toBeLinearizable(model)).toThrow(
    /^toBeLinearizable: expected a model, such as register .* got undefined$/,
  );
  const reads = history([read(1)]);
  expect(() => expect(reads).toGrow('nmber' as 'number')).toThrow(
    /^toGrow: expected number or set or list, got "nmber"; did you mean number\?$/,
  );
  expect(() => expect(reads).toTakeEffect('once' as 'exactly once')).toThrow(
    /^toTakeEffect: expected at most once or exactly once, got "once"/,
  );
});

test('sequential consistency without a model is rejected', () => {
  expect(() => expect(history([read(1)])).toBeConsistent('sequential')).toThrow(
    /^toBeConsistent: sequential consistency needs a model, such as/,
  );
});
