/** Several clusters in one state directory, and clusters in the background. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listClusters } from '@faultline/supervisor/registry';
import { expect, test } from 'vitest';
import {
  cluster as command,
  expectNothingLeft,
  Home,
  outcome,
  processesOf,
  spawnCluster,
  TestCluster,
  until,
} from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

const echo = ['--nodes', '2', '--program', 'echo'];

test('clusters of different names do not disturb each other, and commands choose between them', async () => {
  await using home = new Home();
  const red = await TestCluster.up(echo, { home: home.path, name: 'red' });
  // The only running cluster needs no name.
  expect((await command(home.path, 'status')).stdout).toMatch(/^red: 2 nodes/);
  const blue = await TestCluster.up(echo, { home: home.path, name: 'blue' });
  const unsure = await command(home.path, 'status');
  expect(unsure).toMatchObject({ code: 1, stdout: '' });
  expect(unsure.stderr).toBe('error CLUSTER_NOT_FOUND: blue, red run: choose with --name\n');
  const usual = await TestCluster.up(echo, { home: home.path });
  expect((await command(home.path, 'status')).stdout).toMatch(/^default: 2 nodes/);
  const { stdout } = await command(home.path, 'ls');
  expect(
    stdout
      .split('\n')
      .slice(1, 4)
      .map((line) => line.split(' ')[0]),
  ).toEqual(['blue', 'default', 'red']);
  expect(stdout).not.toContain('token');

  await command(home.path, 'partition', 'n1 | n2', '--name', 'red');
  await command(home.path, 'kill', 'n1', '--name', 'red');
  expect(await blue.client.rules()).toEqual([]);
  expect((await blue.node('n1')).state).toBe('ready');
  red.child.kill('SIGKILL');
  await red.ended;
  await usual.down();
  await until(() => listClusters(home.path).length === 1, 'only blue is listed');
  expect((await blue.client.call('n1', { type: 'echo', x: 1 })).body).toMatchObject({ x: 1 });
  await blue.down();
  await expectNothingLeft(home.path, performance.now());
});

test('one of several clusters started with one name comes up, and the others say so', async () => {
  await using home = new Home();
  // As after a power failure: the process id belongs to another process by now.
  await (await TestCluster.up(echo, { home: home.path })).down();
  const stale = {
    name: 'default',
    pid: process.pid,
    url: null,
    token: 'x',
    runDir: 'x',
    startedAt: 'x',
  };
  const file = join(home.path, 'clusters/default/cluster.json');
  writeFileSync(file, JSON.stringify({ ...stale, processIdentity: 'another boot, another time' }));
  const starts = Array.from({ length: 4 }, () => spawnCluster(home.path, ['up', ...echo]));
  const ended = starts.map((child) => outcome(child));
  await until(() => listClusters(home.path)[0]?.url, 'one is up');
  const losers = await Promise.all(
    starts.map(async (child, i) =>
      child.pid === listClusters(home.path)[0]!.pid ? undefined : ended[i]!,
    ),
  );
  expect(losers.filter((loser) => loser?.code === 1)).toHaveLength(3);
  for (const loser of losers) {
    if (loser) expect(loser.stderr).toMatch(/^error CLUSTER_EXISTS: .*\n$/);
  }
  await command(home.path, 'down');
  await expectNothingLeft(home.path, performance.now());
});

test('--detach returns when the cluster is up and leaves it running; `down` takes it down', async () => {
  await using home = new Home();
  const { code, stdout, stderr } = await command(home.path, 'up', '--detach', ...echo);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^n2 +ready/m);
  expect(stdout).toMatch(/It runs in the background\. To take it down: pnpm cluster down\n$/);
  const [file] = listClusters(home.path);
  // Closing the terminal does not affect it.
  expect(file!.pid).toBeGreaterThan(0);
  expect((await command(home.path, 'call', 'n1', 'echo', 'x=1')).stdout).toMatch(
    /^echo_ok \{"x":1\}/,
  );
  const down = await command(home.path, 'down');
  expect(down).toEqual({ code: 0, stdout: 'default is down\n', stderr: '' });
  await expectNothingLeft(home.path, performance.now());
});

test('a start in the background warns that the API listens on every address', async () => {
  await using home = new Home();
  const flags = ['--detach', '--nodes', '1', '--host', '0.0.0.0'];
  const { code, stderr } = await command(home.path, 'up', ...flags, '--program', 'echo');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: the control API listens on 0\.0\.0\.0 .*\n$/);
  await command(home.path, 'down');
});

test('a start in the background that fails prints its one line and leaves nothing', async () => {
  await using home = new Home();
  const bad = ['up', '--detach', '--nodes', '2', '--program', program('no-function')];
  const { code, stdout, stderr } = await command(home.path, ...bad);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^error NODE_START_FAILED: no node of .*no-function\.ts became ready: .*\n$/,
  );
  expect(processesOf(home.path)).toEqual([]);
});

test('a start in the background ends with the command that waits for it', async () => {
  await using home = new Home();
  const never = ['up', '--detach', '--nodes', '2', '--', 'sleep', '1000'];
  const child = spawnCluster(home.path, never);
  const ended = outcome(child);
  await until(() => listClusters(home.path).length === 1, 'it starts');
  child.kill('SIGKILL');
  await ended;
  await expectNothingLeft(home.path, performance.now());
});

test('`down` also ends a cluster that is still starting, and one that does not answer', async () => {
  await using home = new Home();
  const child = spawnCluster(home.path, ['up', '--nodes', '2', '--', 'sleep', '1000']);
  const ended = outcome(child);
  await until(() => listClusters(home.path).length === 1, 'it starts');
  expect((await command(home.path, 'status')).stderr).toMatch(
    /^error CLUSTER_UNREACHABLE: .* is still starting/,
  );
  expect((await command(home.path, 'down')).stdout).toBe('default is down\n');
  expect((await ended).code).toBe(130);
  await expectNothingLeft(home.path, performance.now());

  const cluster = await TestCluster.up(echo, { home: home.path });
  // Ctrl-Z.
  cluster.child.kill('SIGSTOP');
  expect((await command(home.path, 'down')).stdout).toBe('default is down\n');
  await expectNothingLeft(home.path, performance.now(), cluster.traces);
});
