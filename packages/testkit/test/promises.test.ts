/** Each check of histories has a name in plans and a matcher in tests, and both give the same results. */

import { judge, type RunReport } from '@faultline/experiment';
import type { FaultInterval, History, NodeEvent, Operation } from '@faultline/history';
import * as histories from '@faultline/history';
import { checkOf, readPlan } from '@faultline/plans';
import { expect, test } from 'vitest';
import * as testkit from '../src/index.ts';

type Given = Partial<Operation> & Pick<Operation, 'f'>;

/** Consecutive operations, by default of one client on one node. */
const of = (given: readonly Given[], more: Omit<History, 'operations'> = {}): History => ({
  operations: given.map((each, index) => ({
    index,
    process: 'c1',
    input: null,
    type: 'ok',
    invokedMs: 10 * index,
    endedMs: 10 * index + 5,
    node: 'n1',
    ...each,
  })),
  ...more,
});
const write = (input: number): Given => ({ f: 'write', input });
const read = (output: Operation['input']): Given => ({ f: 'read', output });
const add = (input: number): Given => ({ f: 'add', input });
const generate = (output: number): Given => ({ f: 'generate', output });
const acquire = (process: string, output: number): Given => ({ f: 'acquire', process, output });
const used = (input: number): Given => ({ f: 'use', input });
const append = (to: string, value: number) => ['append', to, value];
const txn = (...steps: (string | number | null | number[])[][]): Given => ({
  f: 'txn',
  input: steps.map((step) => (step[0] === 'r' ? ['r', step[1]!, null] : step)),
  output: steps,
});
const event = (node: string, name: string, data: NodeEvent['data'], atMs = 1): NodeEvent => ({
  node,
  name,
  data,
  atMs,
});
const leads = (node: string, term: number) => event(node, 'role', { role: 'leader', term });
const delivers = (node: string, ...messages: number[]) =>
  messages.map((message, i) => event(node, 'deliver', { message }, i));
const healed: FaultInterval = { fromMs: 0, toMs: 1, what: 'cut', hits: 1 };
const late = { invokedMs: 500, endedMs: 505 };
const twice = [add(1), add(2)];

interface Row {
  readonly check: unknown;
  readonly matcher: testkit.FaultlineMatchers extends infer All ? keyof All : never;
  readonly args: readonly unknown[];
  readonly right: History;
  readonly wrong: History;
}
const row = (
  check: unknown,
  matcher: Row['matcher'],
  args: readonly unknown[],
  right: History,
  wrong: History,
): Row => ({ check, matcher, args, right, wrong });

const registers = [of([write(1), read(1)]), of([write(1), read(null)])] as const;
const crossed = [
  of([write(1), write(2), { ...read(1), process: 'c2' }, { ...read(2), process: 'c2' }]),
  of([write(1), write(2), { ...read(2), process: 'c2' }, { ...read(1), process: 'c2' }]),
] as const;

/** By the checking function. */
const promises: Readonly<Record<string, readonly Row[]>> = {
  checkLinearizable: [
    row('linearizable', 'toBeLinearizable', [testkit.keyValue], ...registers),
    row(
      { linearizable: 'lease' },
      'toBeLinearizable',
      [testkit.lease],
      of([acquire('c1', 1), acquire('c2', 2)]),
      of([acquire('c1', 2), acquire('c2', 1)]),
    ),
  ],
  checkSequential: [
    row(
      { sequential: 'register' },
      'toBeConsistent',
      ['sequential', { model: testkit.register }],
      ...registers,
    ),
  ],
  checkCausal: ['causal', 'causal-memory', 'causal-convergence'].map((form) =>
    row(form, 'toBeConsistent', [form], ...registers),
  ),
  checkSessions: [
    row('read-your-writes', 'toBeConsistent', ['read your writes'], ...registers),
    row(
      'monotonic-reads',
      'toBeConsistent',
      ['monotonic reads'],
      of([write(1), read(1), read(1)]),
      of([write(1), { ...read(1), process: 'c2' }, { ...read(null), process: 'c2' }]),
    ),
    row(
      { 'monotonic-writes': 'values' },
      'toBeConsistent',
      ['monotonic writes', { order: 'values' }],
      of([write(1), write(2)]),
      of([write(2), write(1)]),
    ),
    row(
      { 'writes-follow-reads': 'values' },
      'toBeConsistent',
      ['writes follow reads', { order: 'values' }],
      of([write(1), { ...read(1), process: 'c2' }, { ...write(2), process: 'c2' }]),
      of([write(2), { ...read(2), process: 'c2' }, { ...write(1), process: 'c2' }]),
    ),
    row('session-guarantees', 'toBeConsistent', ['session guarantees'], ...crossed),
  ],
  checkMonotonicReads: [
    row(
      { 'growing-reads': 'number' },
      'toGrow',
      ['number'],
      of([read(1), read(2)]),
      of([read(2), read(1)]),
    ),
  ],
  checkTransactions: histories.transactionModels.map((model) =>
    row(
      model,
      'toBeConsistent',
      [model],
      of([txn(append('x', 1)), txn(['r', 'x', [1]])]),
      of([txn(append('x', 1)), txn(['r', 'x', [1, 1]])]),
    ),
  ),
  checkSet: [
    row('set', 'toLoseNothing', [], of([add(1), read([1])]), of([add(1), read([])])),
    row(
      'linearizable-set',
      'toLoseNothing',
      [{ linearizable: true }],
      of([add(1), read([1])]),
      of([add(1), read([]), read([1])]),
    ),
  ],
  checkCounter: [
    row(
      'counter',
      'toCount',
      [{ reads: 'final' }],
      of([...twice, read(3)]),
      of([...twice, read(4)]),
    ),
    row(
      'linearizable-counter',
      'toCount',
      [],
      of([add(1), read(1), add(2)]),
      of([add(1), read(0), add(2)]),
    ),
    row(
      'grow-only-counter',
      'toCount',
      [{ reads: 'final', growOnly: true }],
      of([...twice, read(3)]),
      of([add(2), add(-1), read(1)]),
    ),
  ],
  checkUniqueIds: [
    row(
      'unique-ids',
      'toBeUnique',
      [],
      of([generate(2), generate(1)]),
      of([generate(1), generate(1)]),
    ),
    row(
      { 'unique-ids': 'process' },
      'toBeUnique',
      [{ order: 'process' }],
      of([generate(1), generate(2)]),
      of([generate(2), generate(1)]),
    ),
    row(
      { 'unique-ids': 'real-time' },
      'toBeUnique',
      [{ order: 'real time' }],
      of([generate(1), generate(2)]),
      of([generate(2), { ...generate(1), process: 'c2' }]),
    ),
  ],
  checkEffects: [
    row(
      'at-most-once',
      'toTakeEffect',
      ['at most once'],
      of([add(1), read([1])]),
      of([add(1), read([1, 1])]),
    ),
    row(
      'exactly-once',
      'toTakeEffect',
      ['exactly once'],
      of([{ ...add(1), type: 'info' }, add(1), read([1])]),
      of([{ ...add(1), type: 'info' }, add(1), read([1, 1])]),
    ),
    row(
      { 'exactly-once': 'charged' },
      'toTakeEffect',
      ['exactly once', { event: 'charged' }],
      of([add(1)], { events: [event('n1', 'charged', { id: 1, to: 'x' })] }),
      of([add(1)], {
        events: [event('n1', 'charged', { id: 1 }), event('n2', 'charged', { id: 1 })],
      }),
    ),
  ],
  checkTotalOrder: [
    row(
      'total-order',
      'toDeliverInOrder',
      [],
      of(twice, { events: [...delivers('n1', 1, 2), ...delivers('n2', 1, 2)] }),
      of(twice, { events: [...delivers('n1', 1, 2), ...delivers('n2', 2, 1)] }),
    ),
  ],
  checkMutualExclusion: [
    row(
      'mutual-exclusion',
      'toExclude',
      [],
      of([acquire('c1', 1), { f: 'release' }, acquire('c2', 2)]),
      of([acquire('c1', 1), acquire('c2', 2)]),
    ),
    row(
      'fencing',
      'toExclude',
      [{ leases: true }],
      of([acquire('c1', 1), acquire('c2', 2), used(1), used(2)]),
      of([acquire('c1', 1), acquire('c2', 2), used(2), used(1)]),
    ),
  ],
  checkSingleLeader: [
    row(
      'single-leader',
      'toPass',
      ['single-leader'],
      of([read(1)], { events: [leads('n1', 1)] }),
      of([read(1)], { events: [leads('n1', 1), leads('n2', 1)] }),
    ),
    row(
      'single-leader',
      'toHaveOneLeader',
      [],
      of([read(1)], { events: [leads('n1', 1), leads('n2', 2)] }),
      of([read(1)], { events: [leads('n1', 1), leads('n2', 1)] }),
    ),
  ],
  checkConservation: [
    row(
      { conservation: 10 },
      'toConserve',
      [10],
      of([read({ a: 4, b: 6 })]),
      of([read({ a: 4, b: 5 })]),
    ),
  ],
  checkConvergence: [
    row('convergence', 'toConverge', [], of([add(1), read([1])]), of([add(1), read([])])),
    row(
      { convergence: '<= 1ms' },
      'toConverge',
      [{ within: '1ms' }],
      of([add(1), read([1])]),
      of([add(1), read([]), read([1])]),
    ),
  ],
  checkAvailability: [
    row(
      'availability >= 90%',
      'toBeAvailable',
      ['>= 90%'],
      of([write(1)]),
      of([{ ...write(1), type: 'info' }]),
    ),
  ],
  checkLatency: [
    row(
      'latency max <= 10ms',
      'toBeQuick',
      [{ '100%': '10ms' }],
      of([write(1)]),
      of([{ ...write(1), endedMs: 90 }]),
    ),
  ],
  checkMessages: [
    row(
      'messages-per-operation <= 2',
      'toCost',
      ['<= 2'],
      of([write(1)], { messages: 2 }),
      of([write(1)], { messages: 3 }),
    ),
  ],
  checkRecovery: [
    row(
      'recovery <= 10ms',
      'toRecover',
      [{ within: '10ms' }],
      of([write(1), { ...write(2), ...late }], { faults: [healed] }),
      of(
        [
          write(1),
          { ...write(2), type: 'info' },
          { ...write(3), type: 'info', invokedMs: 400, endedMs: 405 },
          { ...write(4), ...late },
        ],
        { faults: [healed] },
      ),
    ),
  ],
};

const verdictOf = (history: History, check: unknown): string => {
  const report: RunReport = {
    dir: '/run',
    seed: '1',
    plan: readPlan({ load: { workload: 'register', for: '1s' }, checks: [check] }),
    history,
    events: [],
    steps: [],
    timings: { loadBegunMs: 0, loadEndedMs: 1000, healedMs: 1000, readMs: 1000, endedMs: 1010 },
    messages: history.messages ?? null,
    reached: {},
  };
  return judge(report).verdict;
};
const passes = (history: History, { matcher, args }: Row, isNot = false): boolean => {
  const matches = testkit.matchers[matcher] as (
    this: object,
    ...all: unknown[]
  ) => { pass: boolean };
  return matches.call({ isNot }, history, ...args).pass;
};
const rows = Object.values(promises).flat();
const named = rows.map((each) => [JSON.stringify(each.check), each] as const);

test('every checking function has a row', () => {
  const functions = Object.keys(histories).filter((name) => /^check[A-Z]/.test(name));
  expect(Object.keys(promises).sort()).toEqual(functions.sort());
});

test('every check of plans and every matcher has a row', () => {
  const checks = rows.map(({ check }) => checkOf(readPlan({ checks: [check] }).checks[0]!).name);
  expect([...new Set(checks)].sort()).toEqual(histories.checks.map(({ name }) => name).sort());
  const matchers = new Set(rows.map(({ matcher }) => matcher));
  expect([...matchers].sort()).toEqual(Object.keys(testkit.matchers).sort());
  // Each matcher is also a function, for code without `expect`.
  const asserts = Object.keys(testkit).filter((name) => /^assert[A-Z]/.test(name));
  expect(asserts.length).toBe(matchers.size);
});

test.each(named)('%s: a plan and a test pass a right history and reject a wrong one', (_, each) => {
  const { check, right, wrong } = each;
  expect([verdictOf(right, check), verdictOf(wrong, check)]).toEqual(['ok', 'violated']);
  expect([passes(right, each), passes(wrong, each)]).toEqual([true, false]);
  expect([passes(right, each, true), passes(wrong, each, true)]).toEqual([true, false]);
});
