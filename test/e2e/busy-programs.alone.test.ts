/**
 * A program that keeps its node busy, or floods its outputs: the cluster reports the node and the reason, and
 * all other processes keep working. These tests run alone, because each of them takes a CPU.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  Home,
  outcome,
  processesOf,
  spawnCluster,
  TestCluster,
  until,
} from '../helpers/cluster.ts';
import { expectOthersAnswer, placeOf, program } from '../helpers/fixtures.ts';

test.each([
  {
    name: 'never-ready',
    why: `the promise returned by the function of ${program('never-ready')} has not resolved`,
  },
  { name: 'loops-at-start', why: `it is busy at ${placeOf('loops-at-start', 'while (')}` },
])(
  'the cluster does not wait for a node that $name, and reports the reason',
  async ({ name, why }) => {
    await using cluster = await TestCluster.up([
      ...['--nodes', '3', '--ready-timeout', '2', '--program', program(name)],
    ]);
    expect(cluster.status.nodes[1]).toMatchObject({ id: 'n2', state: 'starting' });
    expect((await cluster.node('n2')).reason).toBe(`not ready after 2000 ms: ${why}`);
    await expectOthersAnswer(cluster);
  },
);

/** The ports that a process listens on, from Linux's /proc. */
function portsOf(pid: number): number[] {
  const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const stats = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false });
    return stats?.isSocket() ? [String(stats.ino)] : [];
  });
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.includes(inode!))
    .map(([, address]) => Number.parseInt(address!.split(':')[1]!, 16));
}

test('a blocked event loop is shown as slow, with the line, until it answers again; nothing stays open', async (context) => {
  await using cluster = await TestCluster.up(['--nodes', '3', '--program', program('blocks')]);
  const { pid } = await cluster.node('n2');
  const blocked = cluster.client.call('n2', { type: 'block', ms: 4000 }, { timeout: '20s' });
  const place = placeOf('blocks', 'while (');
  const slow = await cluster.event('node.slow');
  expect(slow).toMatchObject({ node: 'n2', facts: { place } });
  expect((await cluster.run('status')).stdout).toMatch(
    new RegExp(`^n2 +slow .*its event loop is busy at ${place}$`, 'm'),
  );
  await expectOthersAnswer(cluster);
  await blocked;
  await cluster.event('node.recovered', ({ node }) => node === 'n2');
  expect(await cluster.node('n2')).toMatchObject({ state: 'ready', reason: null, pid });
  const { lines } = await cluster.client.logs('n2');
  expect(lines.map(({ text }) => text)).toEqual([]);
  if (process.platform !== 'linux') context.skip('only Linux shows who listens on which port');
  await until(() => portsOf(pid!).length === 0, 'the inspector of n2 is closed');
});

test('a node that prints without end is throttled, and the cluster keeps answering', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '3', '--program', program('prints-garbage')],
  ]);
  const { runDir } = cluster.status;
  const log = join(runDir, 'logs/n2.log');
  await until(
    () => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 2e6,
    'n2 has printed',
    20_000,
  );
  const startMs = performance.now();
  for (let i = 0; i < 10; i++) await expectOthersAnswer(cluster);
  expect(performance.now() - startMs).toBeLessThan(3000);
  const { lines } = await cluster.client.logs('n2', { lines: 10_000 });
  expect(lines.length).toBeLessThanOrEqual(2000);
  expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThan(9000);
  const { stdout } = await cluster.run('logs', 'n2', '-n', '2000');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would take over the terminal.
  expect(stdout).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f]/);
});

test('a node that sends without end is shown as slow, with the line, and others keep communicating', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '3', '--program', program('floods-messages')],
  ]);
  await expectOthersAnswer(cluster);
  const { facts } = await cluster.event('node.slow', ({ node }) => node === 'n2');
  expect(facts.place).toBe(placeOf('floods-messages', 'for (;;)'));
  await expectOthersAnswer(cluster);
});

test('a flood of messages from one node does not stop others from communicating', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '3', '--program', program('floods-politely')],
  ]);
  const flooded = async (): Promise<boolean> => (await cluster.client.stats()).messages > 50_000;
  await until(flooded, '50 000 messages have gone through', 20_000);
  await expectOthersAnswer(cluster);
});

test('a terminal without a reader does not block the cluster', async () => {
  await using home = new Home();
  // Without --json, so that the events go to an output without a reader.
  const child = spawnCluster(home.path, [
    'up',
    '--nodes',
    '3',
    '--program',
    program('floods-events'),
  ]);
  const ended = outcome(child);
  let printed = '';
  child.stdout!.on('data', (data) => {
    printed += data;
  });
  child.stdout!.pause();
  const status = await until(
    async () => (await outcome(spawnCluster(home.path, ['status', '--json']))).stdout,
    'the cluster is up',
  );
  expect(JSON.parse(status)).toMatchObject({ nodes: [{ id: 'n1' }, { id: 'n2' }, { id: 'n3' }] });
  const events = join(JSON.parse(status).runDir, 'events.jsonl');
  // Each is a line of more than 200 characters: together far more than the buffer for a reader.
  const reported = (): number => readFileSync(events, 'utf8').split('"program.event"').length;
  await until(() => reported() > 4000, 'thousands of facts are reported', 30_000);
  expect(processesOf(home.path).map(({ pid }) => pid)).toContain(child.pid);
  child.stdout!.resume();
  await until(() => / lines skipped: the reader was too slow/.test(printed), 'the gap is reported');
  await outcome(spawnCluster(home.path, ['down']));
  expect((await ended).code).toBe(0);
});
