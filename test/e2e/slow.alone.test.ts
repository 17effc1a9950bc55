/** A node limited to a share of a CPU: the share it gets, the end of the limit, and other actions meanwhile. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectNothingLeft, Home, TestCluster, until } from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

const busy = (nodes: number): string[] => ['--nodes', String(nodes), '--program', program('busy')];

/** CPU time of a process, in milliseconds. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const slowness = async (cluster: TestCluster, id: string) =>
  (await cluster.node(id)).faults.find(({ kind }) => kind === 'slow');

/** Waits until the node has been measured for this duration. */
const measuredFor = (cluster: TestCluster, id: string, ms: number): Promise<unknown> =>
  until(async () => Number((await slowness(cluster, id))?.facts.overMs) > ms, 'a measurement');

test('a busy node gets about the requested share of a CPU, and keeps answering', async (context) => {
  await using cluster = await TestCluster.up(busy(1));
  const { pid } = await cluster.node('n1');
  const shown = await cluster.run('slow', 'n1', '--cpu', '10%');
  expect(shown.stdout).toMatch(/^n1 +ready .*slowed to 10% of a CPU$/m);
  expect((await cluster.client.call('n1', { type: 'hello' })).body).toMatchObject({ from: 'n1' });
  await measuredFor(cluster, 'n1', 1000);
  const linux = process.platform === 'linux';
  const before = linux ? cpuMs(pid!) : 0;
  const startMs = performance.now();
  await measuredFor(cluster, 'n1', 4000);
  const given = linux ? (cpuMs(pid!) - before) / (performance.now() - startMs) : 0;
  expect((await cluster.node('n1')).state).toBe('ready');
  if (!linux) context.skip('only Linux shows the CPU time of a process in /proc');
  expect(given).toBeGreaterThan(0.05);
  expect(given).toBeLessThan(0.15);
  const { facts } = (await slowness(cluster, 'n1'))!;
  expect(facts.given).toBeGreaterThan(0.05);
  expect(facts.given).toBeLessThan(0.15);
});

test('slow ends after --for, by --off or by resume, and each end is reported', async () => {
  await using cluster = await TestCluster.up(busy(2));
  const { client } = cluster;
  await client.slow('n1', { cpu: '30%', for: '200ms' });
  const ended = await cluster.event('cpu.restored');
  expect(ended).toMatchObject({ node: 'n1', facts: { why: 'its time is over', share: 0.3 } });
  for (const end of [() => client.slow('n2', { off: true }), () => client.resume('n2')]) {
    await client.slow('n2', { cpu: '50%', for: '1h' });
    expect(await slowness(cluster, 'n2')).toMatchObject({
      explains: expect.stringMatching(/^slowed to 50% of a CPU.* for another 59m59/),
    });
    const { nodes } = (await end())!;
    expect(nodes).toMatchObject([{ id: 'n2', state: 'ready', faults: [] }]);
  }
});

test('a slow node can be paused and resumed, and is slow when it is started again', async () => {
  await using cluster = await TestCluster.up(busy(1));
  const { client } = cluster;
  await client.slow('n1', { cpu: '20%' });
  expect((await client.pause('n1')).nodes).toMatchObject([{ state: 'paused' }]);
  await expect(client.call('n1', { type: 'hello' }, { timeout: '500ms' })).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
  });
  expect((await client.resume('n1')).nodes).toMatchObject([
    { state: 'ready', faults: [{ kind: 'slow' }] },
  ]);
  const { nodes } = await client.restart('n1');
  expect(nodes).toMatchObject([{ state: 'ready', incarnation: 2, faults: [{ kind: 'slow' }] }]);
  await measuredFor(cluster, 'n1', 1000);
  expect(Number((await slowness(cluster, 'n1'))!.facts.given)).toBeLessThan(0.4);
  expect((await client.stop('n1')).nodes).toMatchObject([{ state: 'stopped', exitCode: 0 }]);
  expect((await client.slow('n1', { off: true })).nodes).toMatchObject([{ faults: [] }]);
});

test.each(['SIGINT', 'SIGKILL'] as const)('slow nodes are gone after %s', async (signal) => {
  await using home = new Home();
  const cluster = await TestCluster.up(busy(2), { home: home.path });
  await cluster.client.slow('all', { cpu: '1%' });
  cluster.child.kill(signal);
  await expectNothingLeft(home.path, performance.now(), cluster.traces);
});

describe('slow n1', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.up(['--nodes', '1', '--program', 'echo']);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  test.each([
    [['--cpu', '0%'], /^error BAD_PERCENT: expected a share from 1% to 99%/],
    [['--cpu', '100%'], /^error BAD_PERCENT: /],
    [['--cpu', '10'], /^error BAD_PERCENT: .*write 10%/],
    [[], /^error BAD_REQUEST: .*--cpu 10%/],
    [['--off', '--cpu', '10%'], /^error BAD_REQUEST: off restores full speed/],
    [['--cpu', '10%', '--for', '0s'], /^error BAD_DURATION: /],
  ])('%j is refused in one line', async (args, line) => {
    const { code, stderr } = await cluster.run('slow', 'n1', ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
