/** Clocks that synchronize over the network that the rules affect. */

import type { ClusterEvent } from '@faultline/actions';
import { type ClockState, type ntp, skewed } from '@faultline/clocks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster } from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up(['--nodes', '3', '--program', program('notes')]);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

const commandSaid = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.run('clock', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

interface Synced {
  /** The error of the wall clock after all slewing, and the error before. */
  readonly errorMs: number;
  readonly measured: ntp.Measurement;
  readonly state: ClockState;
}

/** The latest synchronization of a node. */
async function synced(id: string): Promise<Synced> {
  let last: ClusterEvent<'clock.changed'> | undefined;
  for await (const event of cluster.client.events({ follow: false })) {
    if (event.kind === 'clock.changed' && event.node === id && event.facts.measured) last = event;
  }
  const state = last!.facts.state as ClockState;
  const measured = last!.facts.measured!;
  return { errorMs: skewed.offsetAt(state, state.sinceTrueMs), measured, state };
}

/** True time is within the node's interval, which the delays in both directions bound. */
function expectHonest({ errorMs, measured, state }: Synced): void {
  expect(Math.abs(errorMs)).toBeLessThanOrEqual(measured.delayMs / 2 + 0.1);
  const { earliestMs, latestMs } = skewed.intervalAt(state, state.sinceTrueMs);
  const truthMs = skewed.trueWallAt(state, state.sinceTrueMs);
  expect(truthMs).toBeGreaterThan(earliestMs - 0.1);
  expect(truthMs).toBeLessThan(latestMs + 0.1);
}

test('with equal delays both ways, a synchronization removes almost all of an hour of error', async () => {
  await commandSaid('n1', '--jump', '+1h');
  await cluster.client.addRules([
    { kind: 'delay', links: 'n1<>time', settings: { delay: '50ms' } },
  ]);
  await commandSaid('n1', '--sync');
  await cluster.client.heal();
  const sync = await synced('n1');
  // Each direction takes 50 ms plus the overhead of this machine, which causes all of the error.
  expect(sync.measured.delayMs).toBeGreaterThan(100);
  expect(Math.abs(sync.errorMs)).toBeLessThanOrEqual((sync.measured.delayMs - 100) / 2 + 0.1);
  expectHonest(sync);
});

test.each([
  ['n2>time', 1],
  ['time>n2', -1],
])('100 ms on %s alone leave an error of about 50 ms', async (links, sign) => {
  await cluster.client.clock('n2', { reset: true });
  await cluster.client.addRules([{ kind: 'delay', links, settings: { delay: '100ms' } }]);
  await commandSaid('n2', '--sync');
  await cluster.client.heal();
  const sync = await synced('n2');
  // The slow direction took 100 ms at least, and the other one the rest of the delay.
  expect(sign * sync.errorMs).toBeGreaterThanOrEqual(100 - sync.measured.delayMs / 2 - 0.1);
  expect(sign * sync.errorMs).toBeGreaterThan(25);
  expectHonest(sync);
  const requests = await cluster.client.trace({ src: 'n2', dest: 'time' });
  expect(requests.length).toBeGreaterThanOrEqual(8);
});

test('if the time server is unreachable, one line says so, and no clock changes', async () => {
  await cluster.client.clock('all', { reset: true });
  await cluster.client.addRules([{ kind: 'cut', links: 'n3<>time', settings: {} }]);
  const { code, stdout, stderr } = await cluster.run('clock', 'all', '--sync', '--drift', '5%');
  await cluster.client.heal();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(
    'error CALL_UNKNOWN: n3 got no answer from the time server within 2000 ms: its clock is unchanged\n',
  );
  const { nodes } = await cluster.client.status();
  expect(nodes.map(({ clock }) => clock.describes)).toEqual(['perfect', 'perfect', 'perfect']);
});

test('a paused node gets no answer from the time server', async () => {
  await cluster.client.pause('n3');
  const { code, stderr } = await cluster.run('clock', 'n3', '--sync');
  await cluster.client.resume('n3');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error CALL_UNKNOWN: n3 got no answer .*\n$/);
});

test('repeated synchronization steps large errors, slews small ones, and reports failures', async () => {
  await cluster.client.clock('n1', { reset: true });
  expect(await commandSaid('n1', '--sync', 'every', '1s')).toMatch(/sync every 1s/);
  const isSync =
    (accepts: (state: ClockState, measured: ntp.Measurement) => boolean) =>
    ({ node, facts }: ClusterEvent<'clock.changed'>): boolean =>
      node === 'n1' &&
      facts.measured !== undefined &&
      accepts(facts.state as ClockState, facts.measured);
  await commandSaid('n1', '--jump', '-10s');
  const stepped = await cluster.event(
    'clock.changed',
    isSync((_, { offsetMs }) => offsetMs > 9000),
  );
  expect((stepped.facts.state as ClockState).slew).toBeNull();
  await commandSaid('n1', '--jump', '+60ms');
  const slewed = await cluster.event(
    'clock.changed',
    isSync((_, { offsetMs }) => offsetMs < -20 && offsetMs > -128),
  );
  expect((slewed.facts.state as ClockState).slew).toMatchObject({ ratePpm: 500 });
  await cluster.client.addRules([{ kind: 'cut', links: 'n1>time', settings: {} }]);
  await cluster.event('clock.unsynced', ({ node }) => node === 'n1');
  await cluster.client.heal();
  await commandSaid('n1', '--sync', 'off');
  expect((await cluster.node('n1')).clock.sync).toBeNull();
});

test('an error can be set without a network, and may be negative', async () => {
  for (const args of [['--sync', '-2ms'], ['--sync=-2ms'], ['--set-error', '-2ms']]) {
    await commandSaid('n1', '--reset');
    await commandSaid('n1', ...args);
    expect((await cluster.node('n1')).clock.offsetMs).toBeCloseTo(-2, 2);
  }
});
