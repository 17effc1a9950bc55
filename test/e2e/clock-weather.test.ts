/** Clock weather on real processes: the recorded states of a clock match what its node read. */
import { type ClockState, skewed } from '@faultline/clocks';
import { expect, test } from 'vitest';
import { cluster as command, Home, TestCluster } from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

const up = (...args: string[]): Promise<TestCluster> =>
  TestCluster.up(['--program', program('notes'), '--seed', '7', ...args]);

interface Held {
  state: ClockState;
  /** True time from which on the node read it. */
  fromMs: number;
}

/** The recorded states of each node's clock, in order. */
async function clocksOf(cluster: TestCluster): Promise<Record<string, Held[]>> {
  const clocks: Record<string, Held[]> = {};
  for await (const { kind, node, facts, atMs } of cluster.client.events({ follow: false })) {
    if (kind === 'clock.changed') {
      const state = facts.state as ClockState;
      clocks[node!] ??= [];
      clocks[node!]!.push({ state, fromMs: state.sinceTrueMs });
    }
    if (kind !== 'clock.late') continue;
    const { epoch } = clocks[node!]![0]!.state;
    const beganMs = epoch.trueMs + atMs - facts.lateMs;
    for (const held of clocks[node!]!) {
      if (Math.abs(held.state.sinceTrueMs - beganMs) < 2) held.fromMs = epoch.trueMs + atMs;
    }
  }
  return clocks;
}

interface Sent {
  readonly wallMs: number;
  readonly trueMs: number;
}

const sentBy = async (cluster: TestCluster, node: string): Promise<Sent[]> => {
  const sent = await cluster.client.trace({ src: node, limit: 10_000 });
  return sent.flatMap(({ stamps }) => (stamps === undefined ? [] : [stamps]));
};

/** Messages whose wall time differs from the recorded states. */
function wronglyStamped(sent: readonly Sent[], clock: readonly Held[]): Sent[] {
  return sent.filter(({ wallMs, trueMs }) => {
    // The time at which a late state took effect is known to a fraction of a millisecond.
    if (
      clock.some(({ fromMs, state }) => fromMs > state.sinceTrueMs && Math.abs(fromMs - trueMs) < 2)
    )
      return false;
    const { state } = clock.findLast(({ fromMs }) => fromMs <= trueMs)!;
    return Math.abs(skewed.wallAt(state, trueMs) - wallMs) > 0.001;
  });
}

test('the recorded clock states predict what every node read whenever it sent a message', async () => {
  await using cluster = await up('--nodes', '3', '--clocks', 'jumping 500ms every 150ms');
  const isTenth = ({ facts }: { facts: object }): boolean =>
    (facts as { state: ClockState }).state.sinceTrueMs >
    (facts as { state: ClockState }).state.epoch.trueMs + 3000;
  const enough = cluster.event('clock.changed', isTenth);
  let isOver = false;
  void enough.then(() => {
    isOver = true;
  });
  for (let calls = 0; !isOver || calls < 40; calls++) {
    await cluster.client.call('n1', { type: 'ping-all' }, { timeout: '20s' });
  }
  const sent = await sentBy(cluster, 'n1');
  const clock = (await clocksOf(cluster)).n1!;
  expect(clock.length).toBeGreaterThan(5);
  expect(sent.length).toBeGreaterThan(100);
  expect(wronglyStamped(sent, clock)).toEqual([]);
  const offsets = sent.map(({ wallMs, trueMs }) => {
    const { epoch } = clock[0]!.state;
    return wallMs - epoch.wallMs - (trueMs - epoch.trueMs);
  });
  expect(Math.max(...offsets) - Math.min(...offsets)).toBeGreaterThan(50);
});

// The supervisor sends changes 200 ms ahead, so that at each start one or two are still to come.
test('a node that starts shortly before its clock changes reads the earlier state until then', async () => {
  await using cluster = await up('--nodes', '2', '--clocks', 'jumping 500ms every 150ms');
  const starts = 6;
  for (let start = 0; start < starts; start++) {
    await cluster.client.restart('n1');
    for (let calls = 0; calls < 5; calls++) await cluster.client.call('n1', { type: 'ping-all' });
  }
  const sent = await sentBy(cluster, 'n1');
  expect(sent.length).toBeGreaterThanOrEqual(starts * 5);
  expect(wronglyStamped(sent, (await clocksOf(cluster)).n1!)).toEqual([]);
});

test('the same seed gives the same weather, its own for each node, including nodes added later', async () => {
  const drifts = async (): Promise<Record<string, number>> => {
    await using cluster = await up('--nodes', '2', '--clocks', 'drifting 50ppm');
    await cluster.client.add({ count: 1 });
    const clocks = Object.entries(await clocksOf(cluster));
    return Object.fromEntries(clocks.map(([id, [first]]) => [id, first!.state.driftPpm]));
  };
  const first = await drifts();
  expect(Object.keys(first)).toEqual(['n1', 'n2', 'n3']);
  expect(new Set(Object.values(first)).size).toBe(3);
  expect(await drifts()).toEqual(first);
});

test('weather continues over a restart, is shown, and ends with a reset', async () => {
  await using cluster = await up('--nodes', '2');
  const { stdout } = await cluster.run('clock', 'n1', '--weather', 'frozen');
  expect(stdout).toMatch(/^n1 .*frozen \(frozen\)/m);
  const read = async (id: string) => (await cluster.node(id)).clock;
  await cluster.client.restart('n1');
  expect(await read('n1')).toMatchObject({
    weather: 'frozen',
    describes: expect.stringContaining('frozen'),
  });
  expect(await read('n2')).toMatchObject({ weather: null, describes: 'perfect' });
  await cluster.run('clock', 'n1', '--weather', 'ntp 2ms');
  expect(await read('n1')).toMatchObject({ weather: 'ntp 2ms every 16s' });
  expect(Math.abs((await read('n1')).offsetMs)).toBeLessThanOrEqual(2);
  await cluster.run('clock', 'n1', '--reset');
  expect(await read('n1')).toMatchObject({ weather: null, describes: 'perfect', offsetMs: 0 });
});

test('a leap second comes at the given time, on all nodes at the same moment', async () => {
  await using cluster = await up('--nodes', '2');
  await cluster.client.clock('all', { weather: 'leap in 300ms' });
  const leaps = await Promise.all(
    ['n1', 'n2'].map((id) =>
      cluster.event('clock.changed', ({ node, facts }) => {
        return node === id && facts.describes === '-1s';
      }),
    ),
  );
  expect(leaps[0]!.atMs).toBe(leaps[1]!.atMs);
});

test.each([
  [['--clocks', 'sunny'], /^error BAD_REQUEST: expected a weather: .*, got "sunny"\n$/],
  [
    ['--clocks', 'ntp', '--', 'sleep', '1'],
    /^error NODE_CANNOT: sleep 1 is a program without our SDK: it uses the machine's clock.*\n$/,
  ],
])('up %j is refused in one line', async (args, message) => {
  await using home = new Home();
  const { code, stderr } = await command(home.path, 'up', ...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(1);
});
