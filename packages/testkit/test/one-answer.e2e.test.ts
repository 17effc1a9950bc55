/** A test and a plan with the same actions on the same cluster give the same results. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterEvent, OptionsOf } from '@faultline/actions';
import { judge, reportOf, runPlan } from '@faultline/experiment';
import { readPlan } from '@faultline/plans';
import { afterAll, expect, test } from 'vitest';
import { keyValue, registerLoad, startCluster, type TestCluster } from '../src/index.ts';
import '../src/expect/vitest.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'faultline-one-answer-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

/** Nodes that send each other no messages. */
const program = join(stateDir, 'silent.mjs');
writeFileSync(program, "export default (node) => node.on('read', () => ({ value: null }));");

const load = { clients: 1, keys: 1, operations: 10, rate: 50, timeout: '5s' };

const inTest = async (disturb: (cluster: TestCluster) => Promise<unknown>) => {
  await using cluster = await startCluster({ nodes: 2, program, seed: 1 });
  await disturb(cluster);
  return await cluster.load(registerLoad({ ...load, reads: 1 }));
};

const inPlan = async (before: readonly object[], nodes = 2) => {
  const plan = readPlan({
    cluster: { nodes, program },
    load: { workload: 'register', ...load, options: { reads: 1 } },
    before,
    checks: [{ linearizable: 'key-value' }],
  });
  const { runDir } = await runPlan(plan, { stateDir, cwd: '.' });
  return reportOf(runDir);
};

test.each<{
  name: string;
  disturb: (cluster: TestCluster) => Promise<unknown>;
  before: readonly object[];
  note: RegExp;
}>([
  {
    name: 'a pause of a node that exchanges no messages',
    disturb: (cluster) => cluster.node('n2').pause(),
    before: [{ pause: 'n2' }],
    note: /^n2 paused: touched no process and no message\.$/,
  },
  {
    name: "a rule on messages to the tool's own time server",
    disturb: async (cluster) => {
      await cluster.link('n1>time').delay('1ms');
      await cluster.node('n1').clock.change({ sync: {} });
      await cluster.node('n1').clock.change({ reset: true });
    },
    before: [
      { link: { links: 'n1>time', kind: 'delay', settings: { delay: '1ms' } } },
      { clock: 'n1', sync: {} },
      { clock: 'n1', reset: true },
    ],
    note: /^delay .*n1>time.*: touched no process and no message\.$/,
  },
])(
  '$name is vacuous, in a test and in a plan',
  async ({ disturb, before, note }) => {
    const history = await inTest(disturb);
    expect(() => expect(history).toBeLinearizable(keyValue)).toThrow(/no fault touched anything/);
    const report = await inPlan(before);
    const { verdict, notes } = judge(report);
    expect(verdict).toBe('vacuous');
    expect(notes).toContainEqual(expect.stringMatching(note));
    expect(history.faults!.map(({ what, hits }) => [what, hits])).toEqual(
      report.history.faults!.map(({ what, hits }) => [what, hits]),
    );
  },
  60_000,
);

const described = (events: readonly ClusterEvent[]) =>
  events.flatMap((event) => (event.kind === 'clock.changed' ? [event.facts.describes] : []));

test.each<[string, OptionsOf<'clock'>]>([
  ['jump', { jump: '+5s' }],
  ['second drift', { drift: '200ppm' }],
  ['slew', { slew: { by: '+2s', rate: '50%' } }],
  ['synchronization', { sync: {} }],
  ['repeated synchronization', { sync: { every: '1s' } }],
  ['weather', { weather: 'frozen' }],
])(
  'undoing a %s keeps the earlier drift, in a test and in a plan',
  async (_, change) => {
    await using cluster = await startCluster({ nodes: 1, program, seed: 1 });
    const node = cluster.node('n1');
    await node.clock.drift('1000ppm');
    const changed = await node.clock.change(change);
    await changed.undo();
    const { events } = await inPlan(
      [
        { clock: 'n1', drift: '1000ppm' },
        { clock: 'n1', ...change, as: 'change' },
        { undo: 'change' },
      ],
      1,
    );
    // The drift adds a thousandth of the second or two that this takes.
    const drifting = /^(\+[1-3]ms, )?drift 1000ppm$/;
    expect(described(cluster.events()).at(-1)).toMatch(drifting);
    const { sync, weather } = (await node.status()).clock;
    expect([sync, weather]).toEqual([null, null]);
    const begun = events.findIndex(({ kind }) => kind === 'load.begun');
    expect(described(events.slice(0, begun)).at(-1)).toMatch(drifting);
  },
  60_000,
);

test('undoing a pause or a disk fault keeps the other faults of the node', async () => {
  await using cluster = await startCluster({ nodes: 1, program, seed: 1 });
  const node = cluster.node('n1');
  await node.disk.slow('5ms');
  const full = await node.disk.full();
  await full.undo();
  await node.slow('50%');
  const pause = await node.pause();
  await node.resume();
  await pause.undo();
  const { faults } = await node.status();
  expect(faults.map(({ explains }) => explains)).toEqual([
    expect.stringMatching(/50%/),
    'disk: slow 5ms',
  ]);
});

test("undoing a clock's weather restores that of the cluster", async () => {
  await using cluster = await startCluster({
    nodes: 1,
    program,
    clocks: 'drifting 50ppm',
  });
  const { clock } = cluster.node('n1');
  const frozen = await clock.weather('frozen');
  await frozen.undo();
  expect((await cluster.node('n1').status()).clock.weather).toBe('drifting 50ppm');
});
