/** In-process faults of a node: it hangs, leaks memory, runs out of descriptors, and recovers. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestCluster, until } from '../helpers/cluster.ts';
import { foreign, program } from '../helpers/fixtures.ts';

const letters = ['--nodes', '2', '--program', program('letters')];
const hello = ['--nodes', '1', '--', process.execPath, foreign('hello')];
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

const residentBytes = (pid: number): number =>
  1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

const save = (cluster: TestCluster) =>
  cluster.client.call('n1', { type: 'save', text: 'x' }, { timeout: '5s' });

test('a node that hangs is silent and slow for the given time, and then answers', async () => {
  await using cluster = await TestCluster.up(letters);
  const { client } = cluster;
  // It counts as slow after 2 s without an answer, which the supervisor notices up to two ticks of 500 ms later.
  const shown = await cluster.run('hang', 'n1', '--for', '5s');
  expect(shown.stdout).toMatch(/^n1 +ready .*hangs for another/m);
  await expect(client.call('n1', { type: 'got' }, { timeout: '500ms' })).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
  });
  expect((await client.call('n2', { type: 'got' })).body).toMatchObject({ got: [] });
  const slow = await cluster.event('node.slow');
  expect(slow).toMatchObject({ node: 'n1', facts: { reason: 'its event loop hangs on request' } });
  const over = await cluster.event('node.hung');
  expect(over.facts.forMs).toBeGreaterThanOrEqual(4990);
  await cluster.event('node.recovered');
  expect(await cluster.node('n1')).toMatchObject({ state: 'ready', reason: null, faults: [] });
});

test('leaked memory is really allocated, and free again after --off', async (context) => {
  await using cluster = await TestCluster.up(letters);
  const { client } = cluster;
  const { pid } = await cluster.node('n1');
  const memory = async () => (await client.status()).nodes[0]!.usage!.memoryBytes;
  const beforeBytes = await memory();
  const shown = await cluster.run('leak', 'n1', '--memory', '120MB', '--per-second', '400MB');
  expect(shown.stdout).toMatch(/^n1 +ready .*leaks 120MB, 400MB a second$/m);
  const growing = await memory();
  const { facts } = await cluster.event('memory.leaked');
  expect(await memory()).toBeGreaterThan(beforeBytes + 100_000_000);
  expect(growing).toBeLessThanOrEqual(await memory());
  const { stdout } = await cluster.run('status');
  expect(stdout).toMatch(/^n1 +ready .* (1[2-9]|[2-9]\d)\dMB +[\d.]+(ms|s) +(\d+|-) +leaks 120MB/m);
  expect(facts.bytes).toBe(120_000_000);
  expect((await cluster.node('n1')).faults).toMatchObject([
    { kind: 'leak', facts: { heldBytes: 120_000_000 } },
  ]);
  const linux = process.platform === 'linux';
  const heldBytes = linux ? residentBytes(pid!) : 0;
  expect((await client.leak('n1', { off: true })).nodes).toMatchObject([{ faults: [] }]);
  await cluster.event('memory.freed');
  if (!linux) context.skip('only Linux shows the memory of a process in /proc');
  expect(heldBytes).toBeGreaterThan(120_000_000);
  await until(() => residentBytes(pid!) < heldBytes - 90_000_000, 'the memory is free again');
});

test('a node without descriptors cannot open files, and gets them back after --off', async () => {
  await using cluster = await TestCluster.up(letters);
  const { client } = cluster;
  const shown = await cluster.run('exhaust', 'n1', '--descriptors');
  expect(shown.stdout).toMatch(/^n1 +ready .*has no descriptors left$/m);
  expect((await cluster.event('descriptors.taken')).facts.errno).toBe('EMFILE');
  await expect(save(cluster)).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
    message: expect.stringMatching(/EMFILE/),
  });
  await client.exhaust('n1', { off: true });
  expect((await save(cluster)).body).toMatchObject({ saved: expect.arrayContaining(['x']) });
  expect((await client.exhaust('n1', { descriptors: 5 })).nodes).toMatchObject([
    { faults: [{ kind: 'exhaust' }] },
  ]);
  await save(cluster);
  // Every in-process fault ends with the process.
  expect((await client.restart('n1')).nodes).toMatchObject([{ state: 'ready', faults: [] }]);
});

test('a program without the SDK supports only descriptor exhaustion, and that only with prlimit', async (context) => {
  await using cluster = await TestCluster.up(hello);
  const { client } = cluster;
  await expect(client.hang('n1', { for: '1s' })).rejects.toMatchObject({
    code: 'NODE_CANNOT',
    message: expect.stringMatching(/`pause` stops the whole process$/),
  });
  await expect(client.leak('n1', { memory: '1MB' })).rejects.toMatchObject({ code: 'NODE_CANNOT' });
  await expect(client.exhaust('n1', { descriptors: 5 })).rejects.toMatchObject({
    code: 'NODE_CANNOT',
  });
  if (!hasPrlimit) context.skip('there is no prlimit here');
  const errno = async (): Promise<unknown> =>
    (await client.call('n1', { type: 'open' })).body.errno;
  expect(await errno()).toBe(null);
  await client.exhaust('n1');
  expect(await errno()).toBe('EMFILE');
  await client.exhaust('n1', { off: true });
  expect(await errno()).toBe(null);
});

test('values that are too large, too small or contradictory are refused in one line', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  for (const [line, error] of [
    ['hang n1', /^error BAD_REQUEST: required option '--for/],
    ['hang n1 --for 0s', /^error BAD_DURATION: expected a duration above 0 and up to 1h/],
    ['hang n1 --for 2h', /^error BAD_DURATION: expected a duration above 0 and up to 1h/],
    ['leak n1', /^error BAD_REQUEST: .*--memory 200MB/],
    ['leak n1 --memory 0', /^error BAD_SIZE: /],
    ['leak all --memory 100TB', /^error BAD_REQUEST: 100TB for each of 2 nodes is too much/],
    ['leak n1 --memory 1MB --off', /^error BAD_REQUEST: off frees/],
    ['exhaust n1 --descriptors 0', /^error BAD_REQUEST: expected a whole number/],
    ['exhaust n1 --descriptors 5 --off', /^error BAD_REQUEST: off closes/],
  ] as const) {
    const { code, stderr } = await cluster.run(...line.split(' '));
    expect([line, code]).toEqual([line, 1]);
    expect(stderr).toMatch(error);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
});
