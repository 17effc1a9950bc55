/** Turns the recorded actions of a test into a plan; starts no process. */

import type { ClusterEvent } from '@faultline/actions';
import { formatPlan, type Plan, parsePlan, readPlan } from '@faultline/plans';
import { type ErrorCode, FaultlineError } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { ActionRecorder, type RecordedActions } from '../../src/replay/action-recorder.ts';
import { type TestPlan, testPlan } from '../../src/replay/test-plan.ts';

const upMs = 100;
const assertionsNote =
  "The replay does not repeat the test's other assertions, nor checks of a modified history.";

/** A test that performs one action after another; each takes a millisecond. */
class Tested {
  nowMs = upMs;
  readonly recorder = new ActionRecorder(() => this.nowMs);
  readonly events: ClusterEvent[] = [];

  constructor() {
    this.emit('cluster.up');
  }

  emit(
    kind: string,
    facts: Record<string, unknown> = {},
    node: string | null = null,
  ): ClusterEvent {
    const event = {
      seq: this.events.length + 1,
      atMs: this.nowMs,
      time: '',
      kind,
      node,
      facts,
    } as ClusterEvent;
    this.events.push(event);
    return event;
  }

  async perform(action: Record<string, unknown>) {
    const { recorded } = await this.recorder.perform(action, async () => this.nowMs++);
    const undo = (isLeft = true) =>
      this.recorder.undo(recorded, async () => {
        this.nowMs++;
        return isLeft;
      });
    return { undo };
  }

  load(
    planned: object | null = { workload: 'register', for: '1s' },
    convergeWithin: string | null = null,
  ) {
    const name = planned === null ? 'mine' : 'register';
    const load = this.recorder.load({ name, planned: planned as never, convergeWithin });
    return {
      checks: load.checks,
      endClients: () => {
        load.clientsEndedMs = this.nowMs;
      },
      end: () => {
        load.clientsEndedMs ??= this.nowMs;
        load.endedMs = ++this.nowMs;
      },
    };
  }

  get made(): TestPlan {
    return this.madeOf(this.recorder);
  }

  madeOf(done: RecordedActions): TestPlan {
    return testPlan(done, {
      name: 'my test',
      seed: '7',
      cluster: { nodes: 3, program: 'kv' },
      events: this.events,
      place: (program) => program,
    });
  }

  get plan(): Plan {
    const { made } = this;
    if ('why' in made) throw new Error(made.why);
    return made.plan;
  }
}

const failed = {
  promise: 'be linearizable',
  check: { linearizable: 'register' },
  hasFailed: true,
  isNot: false,
  isOfLoad: true,
};

test('a plan has the earlier actions with their pauses, then the load, and the concurrent actions at their times', async () => {
  const tested = new Tested();
  await tested.perform({ isolate: 'n3' });
  tested.nowMs += 500;
  await tested.perform({ call: 'n1', body: { type: 'read', missing: undefined }, client: 'c1' });
  const load = tested.load();
  tested.nowMs += 200;
  const pause = await tested.perform({ pause: 'n1' });
  await tested.perform({ clock: 'n2', jump: '+5s' });
  tested.nowMs += 300;
  await pause.undo();
  load.end();
  expect(tested.plan).toMatchObject({
    name: 'my-test',
    seed: '7',
    before: [
      { isolate: 'n3' },
      { wait: '500ms' },
      { call: 'n1', body: { type: 'read' }, client: 'c1' },
    ],
    load: { workload: 'register', for: '1s' },
    steps: [
      {
        at: '200ms',
        do: [
          { pause: 'n1', for: '301ms' },
          { clock: 'n2', jump: '+5s' },
        ],
      },
    ],
    checks: [],
  });
});

test('a fault that began before the load is undone by name if the test undid it during the load', async () => {
  const tested = new Tested();
  const cut = await tested.perform({ partition: 'n1 | n2,n3' });
  const slow = await tested.perform({ slow: 'n2', cpu: '10%' });
  const load = tested.load();
  tested.nowMs += 100;
  await cut.undo();
  load.end();
  await slow.undo();
  expect(tested.plan.before).toEqual([
    { partition: 'n1 | n2,n3', as: 'fault-1' },
    { slow: 'n2', cpu: '10%' },
  ]);
  expect(tested.plan.steps).toEqual([{ at: '100ms', do: [{ undo: 'fault-1' }] }]);
});

test('an action that followed an event in the test follows that event in the plan', async () => {
  const tested = new Tested();
  tested.nowMs += 400;
  tested.recorder.sawEvent(tested.emit('node.role', { role: 'leader' }));
  await tested.perform({ isolate: 'leader' });
  const load = tested.load();
  tested.emit('node.role', { role: 'leader' });
  tested.nowMs += 50;
  const seen = tested.emit('node.role', { role: 'leader' });
  tested.nowMs += 3;
  tested.recorder.sawEvent(seen);
  await tested.perform({ kill: 'leader' });
  tested.nowMs += 100;
  await tested.perform({ start: 'all' });
  load.end();
  expect(tested.plan.before).toEqual([{ wait: { role: 'leader' } }, { isolate: 'leader' }]);
  expect(tested.plan.steps).toEqual([
    { after: { role: 'leader', count: 2 }, plus: '3ms', do: [{ kill: 'leader' }] },
    { after: { role: 'leader', count: 2 }, plus: '104ms', do: [{ start: 'all' }] },
  ]);
});

test('the plan judges the load whose history failed a check, and only plays the earlier loads', async () => {
  const tested = new Tested();
  tested.load({ workload: 'set', operations: 5 }, '3s').end();
  await tested.perform({ reset: true });
  const load = tested.load({ workload: 'register', operations: 9 }, '4s');
  load.end();
  load.checks.push(
    { ...failed, promise: 'converge', check: 'convergence', hasFailed: false },
    failed,
  );
  await tested.perform({ heal: true });
  tested.load({ workload: 'set', operations: 6 }).end();
  const { plan } = tested;
  expect(plan.before).toEqual([
    { load: { workload: 'set', operations: 5 }, converge: true, within: '3s' },
    { reset: true },
  ]);
  expect(plan.load).toEqual({ workload: 'register', operations: 9 });
  expect(plan.converge).toEqual({ within: '4s' });
  expect(plan.checks).toEqual(['convergence', { linearizable: 'register' }]);
  expect(plan.notes).toHaveLength(1);
});

test('if the test continued after its last load and no check failed, the plan plays all actions in order and judges none', async () => {
  const tested = new Tested();
  tested.load({ workload: 'set', operations: 5 }).end();
  await tested.perform({ call: 'n1', body: { type: 'read' } });
  const { plan } = tested;
  expect(plan.before).toEqual([
    { load: { workload: 'set', operations: 5 } },
    { call: 'n1', body: { type: 'read' } },
  ]);
  expect([plan.load, plan.checks]).toEqual([undefined, []]);
  expect(plan.notes).toContain(assertionsNote);
});

const inexpressible = { ...failed, check: null, promise: 'be linearizable (mine)' };
const outOfBounds = {
  ...failed,
  check: { availability: '>= 150%' },
  promise: 'be available (1.5)',
};
const ofPart = { ...failed, isOfLoad: false };

test.each([
  [
    'of a kind that a plan cannot express',
    inexpressible,
    'a plan cannot express the check that failed, "be linearizable (mine)"',
  ],
  [
    'with a bound that is out of range',
    outOfBounds,
    'a plan cannot express the check that failed, "be available (1.5)"',
  ],
  [
    'on a part of a history',
    ofPart,
    'the check that failed, "be linearizable", ran on a part of a history or on a modified one, and a plan checks whole histories',
  ],
])('a test that failed a check %s cannot be replayed, and the reason is given', (_, check, why) => {
  const tested = new Tested();
  tested.load().end();
  const load = tested.load();
  load.end();
  load.checks.push({ ...failed, hasFailed: false }, check);
  expect(tested.made).toEqual({ why, judgedLoad: 1 });
});

test.each([inexpressible, ofPart])(
  'if another failed check can be planned, "$promise" is omitted with a note (on the whole load: $isOfLoad)',
  (check) => {
    for (const hasFailed of [true, false]) {
      const tested = new Tested();
      const load = tested.load();
      load.end();
      load.checks.push({ ...check, hasFailed }, failed);
      expect(tested.plan.checks).toEqual([{ linearizable: 'register' }]);
      expect(tested.plan.notes).toContain(
        `A plan cannot express the check "${check.promise}", so the replay omits it.`,
      );
    }
  },
);

test('a missing violation that the test expected is judged, with a note', () => {
  const tested = new Tested();
  const load = tested.load();
  load.end();
  load.checks.push({ ...failed, isNot: true });
  expect(tested.plan.checks).toEqual([{ linearizable: 'register' }]);
  expect(tested.plan.notes).toContain('The test expected the history not to be linearizable.');
});

test('a plan converges after its load only if the test did', () => {
  const ended = (within: string | null) => {
    const tested = new Tested();
    tested.load({ workload: 'set', operations: 5 }, within).end();
    return tested.plan.converge;
  };
  expect(ended(null)).toBe(false);
  expect(ended('3s')).toEqual({ within: '3s' });
});

test('an earlier custom load makes a test unreplayable, unless the cluster was reset after it', async () => {
  const made = async (isReset: boolean, isMainEarlier = false) => {
    const tested = new Tested();
    const main = () => tested.load({ workload: 'set', operations: 5 });
    if (isMainEarlier) {
      const load = main();
      load.end();
      load.checks.push(failed);
    }
    tested.load(null).end();
    if (isReset) await tested.perform({ reset: true });
    if (!isMainEarlier) main().end();
    return tested.made;
  };
  expect(await made(false)).toEqual({
    why: 'a plan refers to workloads by name, and the earlier workload mine is defined in the test',
    judgedLoad: 1,
  });
  expect(await made(true)).toMatchObject({ plan: { before: [{ reset: true }] }, judgedLoad: 1 });
  expect(await made(false, true)).toMatchObject({ plan: { load: {} }, judgedLoad: 0 });
});

test('a fault that another action ended is not undone again', async () => {
  const tested = new Tested();
  const load = tested.load();
  const pause = await tested.perform({ pause: 'n1' });
  tested.nowMs += 300;
  await tested.perform({ resume: 'n1' });
  tested.nowMs += 300;
  await pause.undo(false);
  load.end();
  expect(tested.plan.steps).toEqual([
    { at: '0ms', do: [{ pause: 'n1' }] },
    { at: '301ms', do: [{ resume: 'n1' }] },
  ]);
});

test.each([{ hang: 'n1', for: '20ms' }, { disk: 'n1', flip: '*' }, { heal: true }])(
  'an action that leaves nothing to undo is not undone: %j',
  async (action) => {
    const tested = new Tested();
    const fault = await tested.perform(action);
    await fault.undo();
    tested.load().end();
    expect(tested.plan.before).toEqual([action]);
  },
);

test('a plan notes that the test named a node after an event of its program', async () => {
  const notes = async (selector: string, kind: string) => {
    const tested = new Tested();
    tested.recorder.sawEvent(tested.emit(kind, { role: 'leader', name: 'elected' }, 'n2'));
    await tested.perform({ isolate: selector });
    tested.load().end();
    return tested.plan.notes!.filter((note) => note.includes('after it saw'));
  };
  expect(await notes('n1,n2', 'node.role')).toEqual([
    'The test named n2 after it saw the event node.role from it; the replay always uses n2.',
  ]);
  expect(await notes('n2', 'program.event')).toHaveLength(1);
  expect(await notes('n2', 'node.ready')).toEqual([]);
  expect(await notes('leader', 'node.role')).toEqual([]);
});

test('a plan has no check for a violation that the test expected and got', async () => {
  const tested = new Tested();
  const load = tested.load();
  load.end();
  load.checks.push({ ...failed, isNot: true, hasFailed: false });
  expect(tested.plan.checks).toEqual([]);
  expect(tested.plan.notes).toContain(assertionsNote);
});

test.each<[string, (tested: Tested) => unknown, RegExp]>([
  ['did nothing', () => {}, /did nothing/],
  ['has a custom workload', (tested) => tested.load(null).end(), /mine is defined in the test/],
  [
    'ran two loads at the same time',
    (tested) => [tested.load(), tested.load()].map(({ end }) => end()),
    /two loads ran at the same time/,
  ],
  [
    'did something that a plan cannot express',
    async (tested) => {
      await tested.perform({ pause: 'n9' });
      tested.load().end();
    },
    /there is no n9/,
  ],
])('a test that %s has no plan, and the reason is given', async (_, act, why) => {
  const tested = new Tested();
  await act(tested);
  expect(tested.made).toMatchObject({ why: expect.stringMatching(why) });
});

test('a failed action is not recorded, and a call is recorded if it was sent, even without a reply', async () => {
  const tested = new Tested();
  const fails = (code: ErrorCode) => async () => {
    throw new FaultlineError(code, 'no', { node: 'n3' });
  };
  await expect(tested.recorder.perform({ heal: true }, fails('ROUTER_DOWN'))).rejects.toThrow('no');
  for (const code of ['CALL_UNKNOWN', 'BAD_SELECTOR'] as const) {
    const called = tested.recorder.call({ call: 'random:1' }, fails(code));
    await expect(called).rejects.toThrow('no');
  }
  expect(tested.recorder.list).toMatchObject([{ action: { call: 'n3' } }]);
});

test.each([
  ['during the load', ['load', 'wait', 'pause']],
  ['before the load, and then paused', ['wait', 'pause', 'load']],
])('a plan notes that the test waited for a condition %s', async (_, order) => {
  const notes = async (waits: boolean) => {
    const tested = new Tested();
    let load: ReturnType<Tested['load']> | undefined;
    for (const each of order) {
      if (each === 'load') load = tested.load();
      else if (each === 'pause') tested.nowMs += 100;
      else if (waits) tested.recorder.sawCondition();
    }
    await tested.perform({ isolate: 'n1' });
    load!.end();
    return tested.plan.notes!.filter((note) => note.includes('waited for a condition'));
  };
  expect(await notes(true)).toHaveLength(1);
  expect(await notes(false)).toEqual([]);
});

test('the plan of a failed test omits what later tests did to the same cluster', async () => {
  const tested = new Tested();
  await tested.perform({ isolate: 'n1' });
  tested.load({ workload: 'set', operations: 5 }).end();
  const done = tested.recorder.snapshot();
  await tested.perform({ reset: true });
  const load = tested.load({ workload: 'register', operations: 6 });
  load.end();
  load.checks.push({ ...failed, hasFailed: false });
  expect(tested.madeOf(done)).toMatchObject({
    plan: { before: [{ isolate: 'n1' }], load: { workload: 'set' }, checks: [] },
  });
});

test('an event before the load does not time an action during it', async () => {
  const tested = new Tested();
  const early = tested.emit('node.role', { role: 'leader' });
  tested.nowMs += 10;
  const load = tested.load();
  tested.nowMs += 40;
  tested.recorder.sawEvent(early);
  await tested.perform({ isolate: 'leader' });
  load.end();
  expect(tested.plan.steps).toEqual([{ at: '40ms', do: [{ isolate: 'leader' }] }]);
});

test('an action while the cluster converges after the load is not a step of the plan', async () => {
  const tested = new Tested();
  const load = tested.load({ workload: 'register', for: '1s' }, '3s');
  tested.nowMs += 40;
  load.endClients();
  tested.nowMs += 40;
  await tested.perform({ isolate: 'n1' });
  load.end();
  expect(tested.plan.steps).toEqual([]);
});

const action = fc.constantFrom<Record<string, unknown>>(
  { partition: 'minority | majority' },
  { isolate: 'n1', oneWay: true },
  { ring: true, for: '2s' },
  { link: { links: 'n1>n2', kind: 'loss', settings: { probability: 0.5 } } },
  { geography: { zones: 'eu: n1 | us: rest' } },
  { pause: 'random:1' },
  { kill: 'leader' },
  { hang: 'n1', for: '20ms' },
  { disk: 'n2', flip: '*' },
  { disk: 'n2', slow: '5ms' },
  { clock: 'n3', drift: '200ppm' },
  { clock: 'n3', reset: true },
  { call: 'n1', body: { type: 'read', key: 'x' }, client: 'c1' },
  { add: 1 },
  { heal: true },
  { converge: true },
  { release: '*' },
);
const part = fc.oneof(
  action.map((value) => ({ perform: value })),
  fc.record({ undo: fc.nat(9) }),
  fc.record({ waitMs: fc.nat(900) }),
  fc.record({ see: fc.constantFrom('node.role', 'program.event', 'node.crashed') }),
);

test('each sequence of actions gives a plan that is written and read without loss', async () => {
  const parts = fc.tuple(fc.array(part, { maxLength: 12 }), fc.array(part, { maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(parts, async ([before, during]) => {
      const tested = new Tested();
      const faults: Awaited<ReturnType<Tested['perform']>>[] = [];
      const act = async (each: object) => {
        if ('perform' in each) {
          faults.push(await tested.perform(each.perform as Record<string, unknown>));
        }
        if ('undo' in each) await faults[each.undo as number]?.undo();
        if ('waitMs' in each) tested.nowMs += each.waitMs as number;
        if ('see' in each) {
          const facts = { role: 'leader', name: 'elected' };
          tested.recorder.sawEvent(tested.emit(each.see as string, facts));
        }
      };
      for (const each of before) await act(each);
      const load = tested.load();
      for (const each of during) await act(each);
      load.end();
      load.checks.push(failed);
      const { plan } = tested;
      expect(readPlan(plan)).toEqual(plan);
      expect(parsePlan(formatPlan(plan))).toEqual(plan);
      expect(parsePlan(JSON.stringify(plan))).toEqual(plan);
    }),
    { numRuns: draws(50) },
  );
});
