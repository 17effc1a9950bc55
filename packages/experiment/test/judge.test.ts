import { checks, type FaultInterval, type Operation } from '@faultline/history';
import { exampleOf, readPlan } from '@faultline/plans';
import { describe, expect, test } from 'vitest';
import { judge, type RunReport } from '../src/index.ts';
import type { StepReport } from '../src/report/report.ts';

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
  {
    faults = [],
    steps = [],
    before = [],
    done = [],
  }: {
    faults?: FaultInterval[];
    steps?: unknown[];
    before?: unknown[];
    done?: StepReport[];
  } = {},
): RunReport {
  return {
    dir: '/run',
    seed: '1',
    plan: readPlan({ load: { workload: 'register', for: '1s' }, before, steps, checks }),
    history: { operations, ...(faults.length === 0 ? {} : { faults }) },
    events: [],
    steps: steps.length === 0 || done.length > 0 ? done : [stepDone(0)],
    timings: { loadBegunMs: 0, loadEndedMs: 100, readMs: null, healedMs: 100, endedMs: 110 },
    messages: 100,
    reached: {},
  };
}
function stepDone(step: number | 'before', more: Partial<StepReport> = {}): StepReport {
  const which = { step, turn: 0, action: 0, does: 'kill leader', atMs: 5, undoneMs: null };
  return { ...which, nodes: [], rules: [], failed: null, undoFailed: null, ...more };
}
const cut = { at: '0s', do: { link: { links: 'n1>n2', kind: 'cut' } } };

test.each(checks.map((check) => [check.name, check] as const))(
  'a plan may name the check %s, which the judge supports',
  (name, check) => {
    const example = exampleOf(check);
    const judged = judge(report(right, [example === undefined ? name : { [name]: example }]));
    expect(judged.checks.map((each) => each.check)).toEqual([
      example === undefined ? name : `${name} ${example}`,
    ]);
  },
);

test('the verdict of a run is the worst of all checks', () => {
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

test('a pass is vacuous if no fault of the plan touched anything, but a violation stays one', () => {
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

test('a pass of a plan without faults is not vacuous', () => {
  expect(judge(report(right, ['linearizable'])).verdict).toBe('ok');
  expect(
    judge(report(right, ['linearizable'], { steps: [{ at: '0s', do: 'heal' }] })).verdict,
  ).toBe('ok');
});

test('budgets apply to the load, not to the final reads after healing', () => {
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

describe('a pass is vacuous if not all of the plan was done', () => {
  const kill = { at: '0s', do: { kill: 'leader' } };
  const failed = { failed: 'no node leads' };
  test.each<[string, unknown, Partial<StepReport> | null, string, unknown[]?]>([
    ['all of it was done', kill, {}, 'ok'],
    ['an action could not be done', kill, failed, 'vacuous'],
    ['an action could not be undone', kill, { undoFailed: 'no' }, 'vacuous'],
    ['a step never ran', { after: 'any becomes king', do: { kill: 'n1' } }, null, 'vacuous'],
    ['the step is optional', { ...kill, optional: true }, failed, 'ok'],
    ['the action is optional', { at: '0s', do: { kill: 'leader', optional: true } }, failed, 'ok'],
    [
      'a step that never ran is optional',
      { after: 'any becomes king', do: { kill: 'n1' }, optional: true },
      null,
      'ok',
    ],
    [
      'all actions of a step that never ran are optional',
      { after: 'any becomes king', do: [{ kill: 'n1', optional: true }] },
      null,
      'ok',
    ],
    [
      'only another action of the step is optional',
      { at: '0s', do: [{ kill: 'leader' }, { pause: 'n1', optional: true }] },
      failed,
      'vacuous',
    ],
    [
      'an action before the load could not be done',
      kill,
      { ...failed, step: 'before' },
      'vacuous',
      [{ kill: 'leader' }],
    ],
    [
      'an action before the load is optional',
      kill,
      { ...failed, step: 'before' },
      'ok',
      [{ kill: 'leader', optional: true }],
    ],
  ])('%s', (_, step, done, verdict, before = []) => {
    // Another fault was done, and has touched something.
    const steps = [cut, step];
    const dones = [stepDone(0), stepDone(1)];
    if (done === null) dones.pop();
    else if (done.step === 'before') dones.unshift(stepDone('before', done));
    else dones[1] = stepDone(1, done);
    const judged = judge(
      report(right, ['linearizable'], { faults: [hit], steps, before, done: dones }),
    );
    expect(judged.verdict).toBe(verdict);
    const isWhole = done !== null && done.failed == null && done.undoFailed == null;
    expect(judged.notes.some((note) => /could not be|never ran/.test(note))).toBe(!isWhole);
    const [{ result }] = judged.checks as [(typeof judged.checks)[number]];
    if (verdict === 'vacuous') expect(result.summary).toContain('but not all of the plan was done');
    const wrong = judge(report(stale, ['linearizable'], { faults: [hit], steps, done: dones }));
    expect(wrong.verdict).toBe('violated');
  });
});

test('faults of a run without requests are judged by the messages that they touched', () => {
  const of = (operations: Operation[], hits: number) => {
    const killed: FaultInterval = { fromMs: 40, toMs: 60, what: 'n1 killed', kind: 'down', hits };
    const asked = report(operations, ['single-leader'], { faults: [killed], steps: [cut] });
    const events = [{ node: 'n2', atMs: 5, name: 'role', data: { role: 'leader', term: 1 } }];
    return judge({ ...asked, history: { ...asked.history, events } });
  };
  expect(of([], 3).verdict).toBe('ok');
  expect(of([], 3).notes).toContain('n1 killed: touched 3 messages or processes.');
  expect(of([], 0).verdict).toBe('vacuous');
  expect(of([operation(0, 'write', 1)], 3).verdict).toBe('vacuous');
});

test('a load that misses its rate gets a note, and one below its required rate passes no check', () => {
  const of = (reached: RunReport['reached']) =>
    judge({ ...report(right, ['linearizable']), reached });
  expect(of({ perSecond: 67, rate: 150 }).verdict).toBe('ok');
  expect(of({ perSecond: 67, rate: 150 }).notes.join()).toContain('reached 67');
  expect(of({ perSecond: 150, rate: 150 }).notes.join()).not.toContain('reached');
  const below = of({ perSecond: 67, rate: 150, minRate: 100 });
  expect(below.verdict).toBe('vacuous');
  expect(below.checks[0]!.result.summary).toContain('requires 100');
});
