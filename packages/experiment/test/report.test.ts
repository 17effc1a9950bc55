import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import type { Operation } from '@faultline/history';
import { type Action, actionText, readPlan } from '@faultline/plans';
import { expect, test } from 'vitest';
import { readKeptTest, writeKeptTest } from '../src/report/kept-test.ts';
import { faultsOf } from '../src/report/load-history.ts';
import { askedInLoad, judgedLoad, stepsOf } from '../src/report/report.ts';

const operation = (process: string, f: string, invokedMs: number): Operation => ({
  index: 0,
  process,
  f,
  input: null,
  type: 'ok',
  invokedMs,
  endedMs: invokedMs + 1,
});
const load = { loadBegunMs: 10, readMs: 20 };
const names = (operations: readonly Operation[]): string[] =>
  operations.map(({ process, f, invokedMs }) => `${process} ${f} ${invokedMs}`);

test('judges a write of the plan together with the reads of clients, but not its other calls', () => {
  const all = [
    operation('c1', 'read', 11),
    operation('c2', 'write', 12),
    operation('c2', 'status', 13),
    operation('c1', 'read', 14),
  ];
  expect(names(askedInLoad(all, load, ['c1'], ['read', 'write', 'cas']))).toEqual([
    'c1 read 11',
    'c2 write 12',
    'c1 read 14',
  ]);
  expect(names(askedInLoad(all, load, ['c1'], []))).toEqual(['c1 read 11', 'c1 read 14']);
});

test('does not judge requests before the load or after its last read', () => {
  const all = [9, 10, 20, 21].map((atMs) => operation('c1', 'read', atMs));
  expect(names(askedInLoad(all, load, ['c1']))).toEqual(['c1 read 10', 'c1 read 20']);
});

const event = (
  seq: number,
  kind: string,
  facts: Record<string, unknown>,
  node: string | null = null,
): ClusterEvent => ({ seq, atMs: 100 * seq, time: '', kind, node, facts }) as ClusterEvent;

test('reports when each action was undone: by its name, automatically, at the end, or never', () => {
  const plan = readPlan({
    before: [{ isolate: 'n3', as: 'alone' }, { wait: '50ms' }, 'reset'],
    load: { workload: 'register', for: '1s' },
    steps: [
      {
        at: '0s',
        do: [
          { undo: 'alone' },
          { pause: 'n1', for: '100ms' },
          { kill: 'n2' },
          { link: { links: 'n1>n2', kind: 'cut' } },
          { hang: 'n1', for: '10ms' },
          { add: 1 },
          'heal',
          { pause: 'n4' },
        ],
      },
    ],
  });
  const [first] = plan.steps;
  let seq = 0;
  const did = (step: number | 'before', action: Action, index: number, nodes = ['n1']) =>
    event(++seq, 'step.did', {
      ...{ step, turn: 0, action: index, does: actionText(action), nodes },
      rules: 'isolate' in action || 'link' in action ? ['r1'] : [],
    });
  const undone = (step: number | 'before', action: number) =>
    event(++seq, 'step.undone', { step, turn: 0, action });
  const events = [
    ...plan.before!.map((action, i) => did('before', action, i)),
    undone('before', 0),
    ...first!.do.slice(0, -1).map((action, i) => did(0, action, i)),
    event(++seq, 'step.failed', { step: 0, turn: 0, action: 7, does: 'pause n4', reason: 'gone' }),
    undone(0, 1),
  ];
  const steps = stepsOf(events, plan, { healedMs: 9000 });
  expect(steps.map(({ does, undoneMs }) => [does, undoneMs])).toEqual([
    ['isolate n3, as alone', 400],
    ['wait 50ms', null],
    ['reset', null],
    ['undo alone', null],
    ['pause n1, for 100ms', 1300],
    ['kill n2', 9000],
    ['link n1>n2 cut', 9000],
    ['hang n1, for 10ms', null],
    ['add 1', null],
    ['heal', null],
    ['pause n4', null],
  ]);
  // Without a plan, only the events are known.
  const undoneMs = stepsOf(events, null, { healedMs: 9000 }).map(({ undoneMs }) => undoneMs);
  expect(undoneMs.filter((atMs) => atMs !== null)).toEqual([400, 1300]);
});

test('counts a member whose process has ended as touched, even if it was back before the next message', () => {
  const events = [
    event(1, 'node.killed', {}, 'n1'),
    event(2, 'node.ready', {}, 'n1'),
    event(3, 'node.killed', {}, 'n2'),
    event(4, 'node.ready', {}, 'n2'),
  ];
  const time = { fromMs: 0, toMs: 1000 };
  const counts = { betweenNodes: 0, byRule: new Map(), byNode: [0, 0], members: new Set(['n1']) };
  expect(faultsOf(events, counts, time).map(({ what, hits }) => [what, hits])).toEqual([
    ['n1 killed', 1],
    ['n2 killed', 0],
  ]);
});

test('an action that another one ended was over then, not at the end of the run', () => {
  const plan = readPlan({
    load: { workload: 'register', for: '1s' },
    steps: [
      {
        at: '0s',
        do: [
          { isolate: 'n1' },
          { pause: 'n1,n2' },
          { pause: 'n3' },
          { link: { links: '*', profile: 'satellite' } },
          'heal',
        ],
      },
    ],
  });
  const did = (seq: number, action: number, done: { nodes?: string[]; rules?: string[] }) =>
    event(seq, 'step.did', {
      ...{ step: 0, turn: 0, action, does: String(action), nodes: [], rules: [], ...done },
    });
  const events = [
    event(1, 'step.begun', { step: 0, turn: 0 }),
    event(2, 'rule.added', { rule: 'r1', explains: 'cut', spec: {} }),
    did(3, 0, { rules: ['r1'] }),
    event(4, 'node.paused', {}, 'n1'),
    event(5, 'node.paused', {}, 'n2'),
    did(6, 1, { nodes: ['n1', 'n2'] }),
    event(7, 'node.paused', {}, 'n3'),
    did(8, 2, { nodes: ['n3'] }),
    did(9, 3, { rules: ['r2', 'r3'] }),
    event(10, 'node.resumed', {}, 'n2'),
    event(11, 'node.resumed', {}, 'n1'),
    event(12, 'rule.removed', { rule: 'r1', explains: 'cut' }),
    event(13, 'rule.removed', { rule: 'r2', explains: 'delay' }),
    did(14, 4, {}),
    event(15, 'load.ended', {}),
    event(16, 'node.resumed', {}, 'n3'),
    event(17, 'rule.removed', { rule: 'r3', explains: 'loss' }),
    event(18, 'plan.healed', {}),
  ];
  const undone = (healedMs: number | null) =>
    stepsOf(events, plan, { healedMs }).map(({ undoneMs }) => undoneMs);
  expect(undone(1800)).toEqual([1200, 1100, 1600, 1700, null]);
  expect(undone(1650)).toEqual([1200, 1100, 1600, 1650, null]);
});

test('the judged load is the one after those that prepare it, or the one that a failed test names', () => {
  const loads = [1, 2, 3].map((seq) => event(seq, 'load.begun', { workload: 'set' }));
  const load = { workload: 'set', operations: 1 };
  const plan = readPlan({ before: [{ load }], load });
  expect(judgedLoad(loads, plan, null)?.seq).toBe(2);
  expect(judgedLoad(loads, null, null)?.seq).toBe(1);
  expect(judgedLoad(loads, plan, { judgedLoad: 2 })?.seq).toBe(3);
  expect(judgedLoad(loads, plan, { judgedLoad: null })).toBeUndefined();
});

test('reads the file of a failed test as it was written, and rejects anything else', () => {
  const dir = mkdtempSync(join(tmpdir(), 'faultline-kept-test-'));
  try {
    expect(readKeptTest(dir)).toBeNull();
    for (const kept of [
      { unreplayable: 'two loads at a time', judgedLoad: 1 },
      { unreplayable: null, judgedLoad: null },
    ]) {
      writeKeptTest(dir, kept);
      expect(readKeptTest(dir)).toEqual(kept);
    }
    for (const text of ['{}', 'null', '{', '{"unreplayable":null,"judgedLoad":"1"}']) {
      writeFileSync(join(dir, 'test.json'), text);
      expect(() => readKeptTest(dir)).toThrow(/test\.json of the recording at/);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
