/** Restarts of nodes: automatic ones after a crash, and with another version of the program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Home, outcome, spawnCluster, TestCluster, until } from '../helpers/cluster.ts';
import { foreign, program } from '../helpers/fixtures.ts';

const version = (number: number): string =>
  `export default (node) => {
    node.on('version', () => ({ version: ${number}, texts: node.disk.read('texts') }));
    node.on('write', async ({ text }) => {
      node.disk.append('texts', text);
      await node.disk.sync('texts');
      return {};
    });
  };`;

const versionOf = async (cluster: TestCluster, id: string): Promise<unknown> =>
  (await cluster.client.call(id, { type: 'version' })).body.version;

test('one node runs another version, with its disk, and goes back; the others do not notice', async () => {
  await using home = new Home();
  const [v1, v2] = [1, 2].map((number) => {
    const path = join(home.path, `v${number}.mjs`);
    writeFileSync(path, version(number));
    return path;
  });
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', v1!], {
    home: home.path,
  });
  await cluster.client.call('n1', { type: 'write', text: 'kept' });
  const shown = await cluster.run('restart', 'n1', '--program', v2!);
  expect(shown.stdout).toMatch(/^n1 +ready .*runs \S*v2\.mjs$/m);
  expect((await cluster.client.call('n1', { type: 'version' })).body).toMatchObject({
    version: 2,
    texts: ['kept'],
  });
  expect(await versionOf(cluster, 'n2')).toBe(1);
  await cluster.event('program.changed', ({ node }) => node === 'n1');
  // From now on, even if a start does not name the program.
  await cluster.client.restart('n1');
  expect(await versionOf(cluster, 'n1')).toBe(2);
  const { nodes } = await cluster.client.restart('n1', { program: v1! });
  expect(nodes).toMatchObject([{ program: null }]);
  expect(await versionOf(cluster, 'n1')).toBe(1);
  // A restart reads the file again, with the same name.
  writeFileSync(v1!, version(3));
  await cluster.client.kill('n2');
  const started = await cluster.client.start('n2', { program: v1! });
  expect(started.nodes).toMatchObject([
    { program: expect.stringMatching(/v1\.mjs, current version$/) },
  ]);
  expect([await versionOf(cluster, 'n1'), await versionOf(cluster, 'n2')]).toEqual([1, 3]);
});

test('a program that cannot be run is refused before anything is killed', async () => {
  await using home = new Home();
  const broken = join(home.path, 'broken.ts');
  writeFileSync(broken, 'export default (');
  await using cluster = await TestCluster.up(['--nodes', '1', '--program', 'echo'], {
    home: home.path,
  });
  const { pid } = await cluster.node('n1');
  for (const [name, code] of [
    [broken, 'PROGRAM_INVALID'],
    ['no-such-program', 'PROGRAM_NOT_FOUND'],
  ] as const) {
    const { stderr } = await cluster.run('restart', 'n1', '--program', name);
    expect(stderr).toMatch(new RegExp(`^error ${code}: .*\\n$`));
  }
  expect(await cluster.node('n1')).toMatchObject({ pid, state: 'ready', program: null });
});

test('a node can change from an executable to a module and back', async () => {
  const command = [process.execPath, foreign('hello')];
  await using cluster = await TestCluster.up(['--nodes', '1', '--', ...command]);
  const { client } = cluster;
  expect((await client.restart('n1', { program: 'echo' })).nodes).toMatchObject([
    { state: 'ready', program: 'echo' },
  ]);
  expect((await client.call('n1', { type: 'echo', x: 1 })).body).toMatchObject({ x: 1 });
  expect((await client.restart('n1', { program: command.join(' ') })).nodes).toMatchObject([
    { state: 'ready', program: null },
  ]);
  expect((await client.call('n1', { type: 'hello' })).body).toMatchObject({ from: 'n1' });
});

const onFailure = ['--nodes', '2', '--restart', 'on-failure', '--program'];

test('a crashed node is restarted with doubling delays until it stays up', async () => {
  await using cluster = await TestCluster.up([...onFailure, program('gets-well')]);
  await cluster.event('node.ready', ({ node }) => node === 'n2');
  const waits: unknown[] = [];
  for await (const { kind, facts } of cluster.client.events({ follow: false })) {
    if (kind === 'node.restarting') waits.push([facts.count, facts.afterMs]);
  }
  expect(waits).toEqual([
    [1, 100],
    [2, 200],
    [3, 400],
  ]);
  expect(await cluster.node('n2')).toMatchObject({ state: 'ready', incarnation: 4, restart: null });
});

test('a node that ended on request stays down, and one that failed or was killed from outside is restarted', async () => {
  await using cluster = await TestCluster.up([...onFailure, program('gets-well')]);
  const { client } = cluster;
  const ready = (incarnation: number) =>
    cluster.event(
      'node.ready',
      ({ node, facts }) => node === 'n1' && facts.incarnation === incarnation,
    );
  process.kill((await cluster.node('n1')).pid!, 'SIGKILL');
  await ready(2);
  await client.call('n1', { type: 'leave', code: 3 }, { timeout: '300ms' }).catch(() => {});
  await ready(3);
  expect((await client.kill('n1')).nodes).toMatchObject([{ state: 'crashed', restart: null }]);
  await client.start('n1');
  await client.call('n1', { type: 'leave', code: 0 }, { timeout: '300ms' }).catch(() => {});
  await cluster.event('node.crashed', ({ facts }) => facts.exitCode === 0);
  expect(await cluster.node('n1')).toMatchObject({ state: 'crashed', restart: null });
});

test('a crash loop is shown in few lines, counted, and ended by stop', async () => {
  await using home = new Home();
  const up = ['up', ...onFailure, program('throws-at-start')];
  const child = spawnCluster(home.path, up);
  const ended = outcome(child);
  const run = (...args: string[]) => outcome(spawnCluster(home.path, args));
  const crashes = async (): Promise<number> =>
    (await run('events', '--json')).stdout.split('"kind":"node.crashed"').length - 1;
  await until(async () => (await crashes()) >= 6, 'six crashes', 20_000);
  expect((await run('status')).stdout).toMatch(/^n2 +(crashed .*restarts in|starting)/m);
  expect((await run('stop', 'n2')).stdout).toMatch(/^n2 +stopped/m);
  const before = await crashes();
  await run('down');
  const { stdout } = await ended;
  const lines = stdout.split('\n').filter((line) => / n2 +crashed: /.test(line));
  const doublings = Math.floor(Math.log2(before));
  expect(lines.length).toBe(doublings + 1);
  expect(lines.at(-1)).toContain(` (${2 ** doublings} times in a row)`);
});

test('a node can be added by name, with its own version; a name is used once, and automatic names skip it', async () => {
  await using home = new Home();
  const [v1, v2] = [1, 2].map((number) => {
    const path = join(home.path, `v${number}.mjs`);
    writeFileSync(path, version(number));
    return path;
  });
  await using cluster = await TestCluster.up(['--nodes', '1', '--program', v1!], {
    home: home.path,
  });
  const added = await cluster.run('add', 'n3', '--program', v2!);
  expect(added.stdout).toMatch(/^n3 +ready .*runs \S*v2\.mjs$/m);
  expect([await versionOf(cluster, 'n1'), await versionOf(cluster, 'n3')]).toEqual([1, 2]);
  await cluster.event('node.added', ({ node }) => node === 'n3');
  await cluster.client.remove('n3');
  await expect(cluster.client.add({ nodes: 'n2,n3' })).rejects.toThrow(
    /n3 is or was a node of this run/,
  );
  // A rejected command uses up no name.
  const { nodes } = await cluster.client.add({ count: 2 });
  expect(nodes.map(({ id }) => id)).toEqual(['n2', 'n4']);
  await expect(cluster.client.add({ nodes: 'n5', count: 1 })).rejects.toThrow(
    /or their names, not both/,
  );
  await expect(cluster.client.add({ program: './nowhere.ts' })).rejects.toMatchObject({
    code: 'PROGRAM_NOT_FOUND',
  });
  const wrong = await cluster.run('add', 'leader');
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    expect.stringMatching(
      /^error BAD_SELECTOR: expected how many nodes, or names of new ones such as n6/,
    ),
  ]);
});
