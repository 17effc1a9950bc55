import { checks, type FaultInterval, type Operation } from '@faultline/history';
import { exampleOf, readPlan } from '@faultline/plans';
import { expect, test } from 'vitest';
import { judge, type RunReport } from '../src/index.ts';

const operation = (
  index: number,
  f: string,
  value: number | null,
  more: Partial<Operation> = {},
): Operation => ({
  index,
  process: `c${index}`,
  f,
  key: 'x',
  input: f === 'read' ? null : value,
  ...(f === 'read' ? { output: value } : { output: null }),
  type: 'ok',
  invokedMs: 10 * index,
  endedMs: 10 * index + 5,
  node: 'n1',
  ...more,
});

const right = [operation(0, 'write', 1), operation(1, 'read', 1)];
const stale = [operation(0, 'write', 1), operation(1, 'write', 2), operation(2, 'read', 1)];
const hit: FaultInterval = { fromMs: 0, toMs: 20, what: 'cut messages n1>n2', hits: 3 };
const missed: FaultInterval = { ...hit, hits: 0 };

function report(
  operations: readonly Operation[],
  checks: unknown,
  { faults = [], steps = [] }: { faults?: FaultInterval[]; steps?: unknown[] } = {},
): RunReport {
  return {
    dir: '/run',
    seed: '1',
    plan: readPlan({ load: { workload: 'register', for: '1s' }, steps, checks }),
    history: { operations, ...(faults.length === 0 ? {} : { faults }) },
    events: [],
    steps: [],
    timings: { loadBegunMs: 0, loadEndedMs: 100, readMs: null, healedMs: 100, endedMs: 110 },
    messages: 100,
  };
}
const cut = { at: '0s', do: { link: { links: 'n1>n2', kind: 'cut' } } };

test.each(checks.map((check) => [check.name, check] as const))(
  'a plan may name the check %s, and the judge knows it',
  (name, check) => {
    const example = exampleOf(check);
    const judged = judge(report(right, [example === undefined ? name : { [name]: example }]));
    expect(judged.checks.map((each) => each.check)).toEqual([
      example === undefined ? name : `${name} ${example}`,
    ]);
  },
);

test('the worst verdict of all checks is that of the run', () => {
  const verdict = (operations: Operation[], checks: unknown, faults?: FaultInterval[]) =>
    judge(report(operations, checks, faults === undefined ? {} : { faults, steps: [cut] })).verdict;
  expect(verdict(right, ['linearizable', 'availability >= 90%'], [hit])).toBe('ok');
  expect(verdict(stale, ['availability >= 90%', 'linearizable'], [hit])).toBe('violated');
  expect(verdict(right, ['linearizable', 'latency max <= 1ms'], [hit])).toBe('violated');
  expect(verdict(right, ['linearizable', 'recovery <= 1s'], [{ ...hit, toMs: 90 }])).toBe(
    'unknown',
  );
  expect(verdict(right, [])).toBe('vacuous');
});

test('a pass is vacuous when no fault of the plan touched anything, and a violation is one all the same', () => {
  const of = (operations: Operation[], faults: FaultInterval[]) =>
    judge(report(operations, ['linearizable'], { faults, steps: [cut] }));
  expect(of(right, [hit]).verdict).toBe('ok');
  expect(of(right, [missed]).verdict).toBe('vacuous');
  expect(of(right, []).verdict).toBe('vacuous');
  expect(of(right, [{ ...hit, fromMs: 200, toMs: 300 }]).verdict).toBe('vacuous');
  expect(of(stale, [missed]).verdict).toBe('violated');
  expect(of(right, [missed]).notes).toContain(
    'cut messages n1>n2: touched no process and no message.',
  );
});

test('a plan without faults is not vacuous for lack of them', () => {
  expect(judge(report(right, ['linearizable'])).verdict).toBe('ok');
  expect(
    judge(report(right, ['linearizable'], { steps: [{ at: '0s', do: 'heal' }] })).verdict,
  ).toBe('ok');
});

test('budgets are about the load, and not about the reads that come when all is well again', () => {
  const unanswered = operation(1, 'read', null, { type: 'info', endedMs: null });
  const final = Array.from({ length: 98 }, (_, i) =>
    operation(i + 2, 'read', 1, { invokedMs: 105, endedMs: 106 }),
  );
  const { checks } = judge(
    report(
      [operation(0, 'write', 1), unanswered, ...final],
      ['availability >= 90%', 'messages-per-operation <= 50'],
    ),
  );
  expect(checks.map(({ result }) => [result.verdict, result.explanation.join(' ')])).toEqual([
    ['violated', expect.stringContaining('1 of 2 operations were answered')],
    ['ok', expect.any(String)],
  ]);
});
