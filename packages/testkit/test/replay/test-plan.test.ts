/** What a test did, as a plan; nothing runs here. */

import type { ClusterEvent } from '@faultline/actions';
import { formatPlan, type Plan, parsePlan, readPlan } from '@faultline/plans';
import { type ErrorCode, FaultlineError } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { type Deedlist, Deeds } from '../../src/replay/deeds.ts';
import { type TestPlan, testPlan } from '../../src/replay/test-plan.ts';

const upMs = 100;
const ownNote = 'What the test asserted by itself, or of a changed history, is not judged.';

/** A test that does one thing after another; each takes a millisecond. */
class Tested {
  nowMs = upMs;
  readonly deeds = new Deeds(() => this.nowMs);
  readonly events: ClusterEvent[] = [];

  constructor() {
    this.tell('cluster.up');
  }

  tell(
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

  async does(action: Record<string, unknown>) {
    const { deed } = await this.deeds.does(action, async () => this.nowMs++);
    const undo = (isLeft = true) =>
      this.deeds.undoes(deed, async () => {
        this.nowMs++;
        return isLeft;
      });
    return { undo };
  }

  load(
    asks: object | null = { workload: 'register', for: '1s' },
    convergeWithin: string | null = null,
  ) {
    const name = asks === null ? 'mine' : 'register';
    const load = this.deeds.loads({ name, asks: asks as never, convergeWithin });
    return {
      checks: load.checks,
      asked: () => {
        load.askedMs = this.nowMs;
      },
      end: () => {
        load.askedMs ??= this.nowMs;
        load.endedMs = ++this.nowMs;
      },
    };
  }

  get made(): TestPlan {
    return this.madeOf(this.deeds);
  }

  madeOf(done: Deedlist): TestPlan {
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
  said: 'be linearizable',
  check: { linearizable: 'register' },
  hasFailed: true,
  isNot: false,
  isOfLoad: true,
};

test('what was done before the load comes before it, in its order and with the pauses between; what was done beside it comes at its time', async () => {
  const tested = new Tested();
  await tested.does({ isolate: 'n3' });
  tested.nowMs += 500;
  await tested.does({ call: 'n1', body: { type: 'read', missing: undefined }, client: 'c1' });
  const load = tested.load();
  tested.nowMs += 200;
  const pause = await tested.does({ pause: 'n1' });
  await tested.does({ clock: 'n2', jump: '+5s' });
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

test('a fault that began before the load and was undone beside it is taken back by its name, one that outlived the load is not', async () => {
  const tested = new Tested();
  const cut = await tested.does({ partition: 'n1 | n2,n3' });
  const slow = await tested.does({ slow: 'n2', cpu: '10%' });
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

test('what the test did once it had seen something comes after that, also in the replay', async () => {
  const tested = new Tested();
  tested.nowMs += 400;
  tested.deeds.saw(tested.tell('node.role', { role: 'leader' }));
  await tested.does({ isolate: 'leader' });
  const load = tested.load();
  tested.tell('node.role', { role: 'leader' });
  tested.nowMs += 50;
  const seen = tested.tell('node.role', { role: 'leader' });
  tested.nowMs += 3;
  tested.deeds.saw(seen);
  await tested.does({ kill: 'leader' });
  tested.nowMs += 100;
  await tested.does({ start: 'all' });
  load.end();
  expect(tested.plan.before).toEqual([{ wait: { role: 'leader' } }, { isolate: 'leader' }]);
  expect(tested.plan.steps).toEqual([
    { after: { role: 'leader', count: 2 }, plus: '3ms', do: [{ kill: 'leader' }] },
    { after: { role: 'leader', count: 2 }, plus: '104ms', do: [{ start: 'all' }] },
  ]);
});

test('the plan is about the load of whose history a check failed; those before it are played, and not judged', async () => {
  const tested = new Tested();
  tested.load({ workload: 'set', operations: 5 }, '3s').end();
  await tested.does({ reset: true });
  const load = tested.load({ workload: 'register', operations: 9 }, '4s');
  load.end();
  load.checks.push({ ...failed, said: 'converge', check: 'convergence', hasFailed: false }, failed);
  await tested.does({ heal: true });
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

test('where the test went on after its last load and none of our checks failed, all of it is played in its order', async () => {
  const tested = new Tested();
  tested.load({ workload: 'set', operations: 5 }).end();
  await tested.does({ call: 'n1', body: { type: 'read' } });
  const { plan } = tested;
  expect(plan.before).toEqual([
    { load: { workload: 'set', operations: 5 } },
    { call: 'n1', body: { type: 'read' } },
  ]);
  expect([plan.load, plan.checks]).toEqual([undefined, []]);
  expect(plan.notes).toContain(ownNote);
});

const unsayable = { ...failed, check: null, said: 'be linearizable (mine)' };
const outOfBounds = { ...failed, check: { availability: '>= 150%' }, said: 'be answered (1.5)' };
const ofPart = { ...failed, isOfLoad: false };

test.each([
  [
    'of a kind that no plan can say',
    unsayable,
    'no plan can say the check that failed, "be linearizable (mine)"',
  ],
  [
    'with a bound that is out of bounds',
    outOfBounds,
    'no plan can say the check that failed, "be answered (1.5)"',
  ],
  [
    'of a part of a history',
    ofPart,
    'the check that failed, "be linearizable", is of a part of a history or of a changed one, and a plan judges all of a load',
  ],
])('a test that failed on a check %s cannot be replayed, and that is why', (_, asked, why) => {
  const tested = new Tested();
  tested.load().end();
  const load = tested.load();
  load.end();
  load.checks.push({ ...failed, hasFailed: false }, asked);
  expect(tested.made).toEqual({ why, judgedLoad: 1 });
});

test.each([unsayable, ofPart])(
  'beside a check that failed and that a plan can say, $said is left out and told of',
  (asked) => {
    for (const hasFailed of [true, false]) {
      const tested = new Tested();
      const load = tested.load();
      load.end();
      load.checks.push({ ...asked, hasFailed }, failed);
      expect(tested.plan.checks).toEqual([{ linearizable: 'register' }]);
      expect(tested.plan.notes).toContain(
        `A plan cannot say all of the check "${asked.said}": it is not judged.`,
      );
    }
  },
);

test('a violation that was expected and did not come is judged, and told of', () => {
  const tested = new Tested();
  const load = tested.load();
  load.end();
  load.checks.push({ ...failed, isNot: true });
  expect(tested.plan.checks).toEqual([{ linearizable: 'register' }]);
  expect(tested.plan.notes).toContain(
    'The test expected the check "be linearizable" to be violated.',
  );
});

test('a plan heals and reads at the end only where its test did', () => {
  const ended = (within: string | null) => {
    const tested = new Tested();
    tested.load({ workload: 'set', operations: 5 }, within).end();
    return tested.plan.converge;
  };
  expect(ended(null)).toBe(false);
  expect(ended('3s')).toEqual({ within: '3s' });
});

test('an earlier load of its own makes a test unreplayable, unless the cluster was reset after it', async () => {
  const made = async (isReset: boolean, isMainEarlier = false) => {
    const tested = new Tested();
    const main = () => tested.load({ workload: 'set', operations: 5 });
    if (isMainEarlier) {
      const load = main();
      load.end();
      load.checks.push(failed);
    }
    tested.load(null).end();
    if (isReset) await tested.does({ reset: true });
    if (!isMainEarlier) main().end();
    return tested.made;
  };
  expect(await made(false)).toEqual({
    why: "a plan knows workloads by their names, and the earlier load mine is the test's own",
    judgedLoad: 1,
  });
  expect(await made(true)).toMatchObject({ plan: { before: [{ reset: true }] }, judgedLoad: 1 });
  expect(await made(false, true)).toMatchObject({ plan: { load: {} }, judgedLoad: 0 });
});

test('what another action had ended is not undone once more', async () => {
  const tested = new Tested();
  const load = tested.load();
  const pause = await tested.does({ pause: 'n1' });
  tested.nowMs += 300;
  await tested.does({ resume: 'n1' });
  tested.nowMs += 300;
  await pause.undo(false);
  load.end();
  expect(tested.plan.steps).toEqual([
    { at: '0ms', do: [{ pause: 'n1' }] },
    { at: '301ms', do: [{ resume: 'n1' }] },
  ]);
});

test.each([{ hang: 'n1', for: '20ms' }, { disk: 'n1', flip: '*' }, { heal: true }])(
  'what leaves nothing to take back is not undone: %j',
  async (action) => {
    const tested = new Tested();
    const fault = await tested.does(action);
    await fault.undo();
    tested.load().end();
    expect(tested.plan.before).toEqual([action]);
  },
);

test('a node that the test named after it had seen what its program did is told of', async () => {
  const notes = async (whom: string, kind: string) => {
    const tested = new Tested();
    tested.deeds.saw(tested.tell(kind, { role: 'leader', name: 'elected' }, 'n2'));
    await tested.does({ isolate: whom });
    tested.load().end();
    return tested.plan.notes!.filter((note) => note.includes('had seen'));
  };
  expect(await notes('n1,n2', 'node.role')).toEqual([
    'The test named n2 after it had seen its node.role: the replay takes n2, whichever node that is by then.',
  ]);
  expect(await notes('n2', 'program.event')).toHaveLength(1);
  expect(await notes('n2', 'node.ready')).toEqual([]);
  expect(await notes('leader', 'node.role')).toEqual([]);
});

test('a violation that was expected and came is no promise of the plan', async () => {
  const tested = new Tested();
  const load = tested.load();
  load.end();
  load.checks.push({ ...failed, isNot: true, hasFailed: false });
  expect(tested.plan.checks).toEqual([]);
  expect(tested.plan.notes).toContain(ownNote);
});

test.each<[string, (tested: Tested) => unknown, RegExp]>([
  ['did nothing', () => {}, /did nothing/],
  ['has a workload of its own', (tested) => tested.load(null).end(), /mine is the test's own/],
  [
    'let two loads run at the same time',
    (tested) => [tested.load(), tested.load()].map(({ end }) => end()),
    /two loads ran at the same time/,
  ],
  [
    'did what no plan can say',
    async (tested) => {
      await tested.does({ pause: 'n9' });
      tested.load().end();
    },
    /there is no n9/,
  ],
])('no plan can stand for a test that %s, and that is why', async (_, act, why) => {
  const tested = new Tested();
  await act(tested);
  expect(tested.made).toMatchObject({ why: expect.stringMatching(why) });
});

test('what fails was not done, and a call was if it was sent, also if no answer came', async () => {
  const tested = new Tested();
  const fails = (code: ErrorCode) => async () => {
    throw new FaultlineError(code, 'no', { node: 'n3' });
  };
  await expect(tested.deeds.does({ heal: true }, fails('ROUTER_DOWN'))).rejects.toThrow('no');
  for (const code of ['CALL_UNKNOWN', 'BAD_SELECTOR'] as const) {
    const called = tested.deeds.calls({ call: 'random:1' }, fails(code));
    await expect(called).rejects.toThrow('no');
  }
  expect(tested.deeds.list).toMatchObject([{ action: { call: 'n3' } }]);
});

test.each([
  ['since the load began', ['load', 'wait', 'pause']],
  ['before it, and paused', ['wait', 'pause', 'load']],
])('where the test waited for a condition of its own %s, that is told', async (_, order) => {
  const told = async (waits: boolean) => {
    const tested = new Tested();
    let load: ReturnType<Tested['load']> | undefined;
    for (const each of order) {
      if (each === 'load') load = tested.load();
      else if (each === 'pause') tested.nowMs += 100;
      else if (waits) tested.deeds.waited();
    }
    await tested.does({ isolate: 'n1' });
    load!.end();
    return tested.plan.notes!.filter((note) => note.includes('a condition of its own'));
  };
  expect(await told(true)).toHaveLength(1);
  expect(await told(false)).toEqual([]);
});

test('what a test did after another one had failed on the same cluster is not in its plan', async () => {
  const tested = new Tested();
  await tested.does({ isolate: 'n1' });
  tested.load({ workload: 'set', operations: 5 }).end();
  const done = tested.deeds.soFar();
  await tested.does({ reset: true });
  const load = tested.load({ workload: 'register', operations: 6 });
  load.end();
  load.checks.push({ ...failed, hasFailed: false });
  expect(tested.madeOf(done)).toMatchObject({
    plan: { before: [{ isolate: 'n1' }], load: { workload: 'set' }, checks: [] },
  });
});

test('an event that was before the load is nothing that the test waited for beside it', async () => {
  const tested = new Tested();
  const early = tested.tell('node.role', { role: 'leader' });
  tested.nowMs += 10;
  const load = tested.load();
  tested.nowMs += 40;
  tested.deeds.saw(early);
  await tested.does({ isolate: 'leader' });
  load.end();
  expect(tested.plan.steps).toEqual([{ at: '40ms', do: [{ isolate: 'leader' }] }]);
});

test('what was done while nodes came together after the load is not beside it', async () => {
  const tested = new Tested();
  const load = tested.load({ workload: 'register', for: '1s' }, '3s');
  tested.nowMs += 40;
  load.asked();
  tested.nowMs += 40;
  await tested.does({ isolate: 'n1' });
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
const doing = fc.oneof(
  action.map((value) => ({ does: value })),
  fc.record({ undoes: fc.nat(9) }),
  fc.record({ passesMs: fc.nat(900) }),
  fc.record({ sees: fc.constantFrom('node.role', 'program.event', 'node.crashed') }),
);

test('whatever a test does, what is written is a plan that is read as itself', async () => {
  const parts = fc.tuple(fc.array(doing, { maxLength: 12 }), fc.array(doing, { maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(parts, async ([before, beside]) => {
      const tested = new Tested();
      const faults: Awaited<ReturnType<Tested['does']>>[] = [];
      const act = async (part: object) => {
        if ('does' in part) faults.push(await tested.does(part.does as Record<string, unknown>));
        if ('undoes' in part) await faults[part.undoes as number]?.undo();
        if ('passesMs' in part) tested.nowMs += part.passesMs as number;
        if ('sees' in part) {
          const facts = { role: 'leader', name: 'elected' };
          tested.deeds.saw(tested.tell(part.sees as string, facts));
        }
      };
      for (const part of before) await act(part);
      const load = tested.load();
      for (const part of beside) await act(part);
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
