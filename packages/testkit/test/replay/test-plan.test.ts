/** What a test did, as a plan; nothing runs here. */

import type { ClusterEvent } from '@faultline/actions';
import { formatPlan, type Plan, parsePlan, readPlan } from '@faultline/plans';
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

  tell(kind: string, facts: Record<string, unknown> = {}): ClusterEvent {
    const event = {
      seq: this.events.length + 1,
      atMs: this.nowMs,
      time: '',
      kind,
      node: null,
      facts,
    } as ClusterEvent;
    this.events.push(event);
    return event;
  }

  async does(action: Record<string, unknown>) {
    const { deed } = await this.deeds.does(action, async () => this.nowMs++);
    return { undo: () => this.deeds.undoes(deed, async () => this.nowMs++) };
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
    { load: { workload: 'set', operations: 5 }, converge: true },
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

test.each([
  [
    'a check that no plan can say',
    { ...failed, check: null, said: 'be linearizable (mine)' },
    [],
    'No plan can say "be linearizable (mine)": it is not judged.',
  ],
  [
    'a bound that is out of bounds',
    { ...failed, check: { availability: '>= 150%' }, said: 'be answered (1.5)' },
    [],
    'No plan can say "be answered (1.5)": it is not judged.',
  ],
  [
    'a violation that was expected and did not come',
    { ...failed, isNot: true },
    [{ linearizable: 'register' }],
    'The test expected the check "be linearizable" to be violated.',
  ],
])('%s is told', async (_, asked, checks, note) => {
  const tested = new Tested();
  const load = tested.load();
  load.end();
  load.checks.push(asked);
  expect(tested.plan.checks).toEqual(checks);
  expect(tested.plan.notes).toContain(note);
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
  expect(tested.made).toEqual({ why: expect.stringMatching(why) });
});

test('what fails was not done, what a condition asks is no deed, and a call that nobody answers was asked', async () => {
  const tested = new Tested();
  const refuse = async () => {
    throw new Error('no');
  };
  await expect(tested.deeds.does({ heal: true }, refuse)).rejects.toThrow('no');
  await expect(tested.deeds.calls({ call: 'n1' }, refuse)).rejects.toThrow('no');
  await tested.deeds.within(() => tested.deeds.calls({ call: 'n2' }, async () => 1));
  expect(tested.deeds.list).toMatchObject([{ action: { call: 'n1' } }]);
});

test('what the test asks while a condition is looked at is a deed, and what the condition asks is told to be none', async () => {
  const tested = new Tested();
  const asks = (node: string) =>
    tested.deeds.calls({ call: node, body: { type: 'read' } }, async () => tested.nowMs++);
  let written = (): void => {};
  const isWritten = new Promise<void>((resolve) => {
    written = resolve;
  });
  const condition = tested.deeds.within(async () => {
    await isWritten;
    await asks('n1');
  });
  await asks('n2');
  expect(tested.plan.notes).not.toContainEqual(expect.stringContaining('condition'));
  written();
  await condition;
  expect(tested.plan.before).toEqual([{ call: 'n2', body: { type: 'read' } }]);
  expect(tested.plan.notes).toContain(
    'What a condition of the test asked of nodes is not asked again.',
  );
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
