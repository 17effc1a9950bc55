/**
 * Nothing is left behind: no process, listening port or file of a cluster two seconds after it ended, however
 * it ended.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClusterFile } from '@faultline/supervisor/registry';
import { describe, expect, test } from 'vitest';
import {
  commandLine,
  environmentOf,
  expectNothingLeft,
  Home,
  outcome,
  processesOf,
  root,
  spawnCluster,
  TestCluster,
  until,
} from '../helpers/cluster.ts';

const fixture = (path: string): string => join(root, 'test/fixtures', path);
const clusterFile = (home: string): string => join(home, 'clusters/default/cluster.json');
const reapers = (home: string): number[] =>
  processesOf(home)
    .filter(({ command }) => command.includes('faultline-reaper'))
    .map(({ pid }) => pid);

/** Kills the reaper and then the supervisor, as soon as the reaper has a successor. */
async function killReaperAndSupervisor(cluster: TestCluster): Promise<void> {
  const [first] = reapers(cluster.home);
  process.kill(first!, 'SIGKILL');
  await until(() => reapers(cluster.home).some((pid) => pid !== first), 'another reaper runs');
  cluster.child.kill('SIGKILL');
}

const endings: Readonly<Record<string, (cluster: TestCluster) => unknown>> = {
  'kill -9 of the supervisor': ({ child }) => child.kill('SIGKILL'),
  'Ctrl-C twice in quick succession': ({ child }) => [child.kill('SIGINT'), child.kill('SIGINT')],
  'SIGHUP, as a terminal sends that is closed': ({ child }) => child.kill('SIGHUP'),
  SIGTERM: ({ child }) => child.kill('SIGTERM'),
  '`down` in another process': (cluster) => cluster.run('down'),
  'kill -9 of the reaper and then of the supervisor': killReaperAndSupervisor,
};

test.each(Object.entries(endings))(
  'with two nodes paused, nothing is left after %s',
  async (_, end) => {
    await using home = new Home();
    const cluster = await TestCluster.up(['--nodes', '3', '--program', 'echo'], {
      home: home.path,
    });
    await cluster.client.pause('n1,n2');
    await end(cluster);
    await expectNothingLeft(home.path, performance.now(), cluster.traces);
  },
);

test('a terminal that is closed takes the cluster with it', async (context) => {
  // util-linux's `script` gives a command its own terminal.
  if (spawnSync('script', ['-qfc', 'true', '/dev/null']).status !== 0) {
    context.skip('there is no `script` that opens a terminal here');
  }
  await using home = new Home();
  const command = commandLine(['up', '--nodes', '2', '--program', 'echo']);
  const terminal = spawn('script', ['-qfc', command, '/dev/null'], {
    env: environmentOf(home.path),
    cwd: root,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await until(() => readClusterFile(clusterFile(home.path))?.url, 'the cluster is up');
  terminal.kill('SIGKILL');
  await expectNothingLeft(home.path, performance.now());
});

test('a node that ignores every signal, and its children, are gone after Ctrl-C', async () => {
  await using home = new Home();
  const command = ['--nodes', '2', '--', process.execPath, fixture('nodes/stubborn.mjs')];
  const cluster = await TestCluster.up(command, { home: home.path });
  cluster.child.kill('SIGINT');
  await expectNothingLeft(home.path, performance.now(), cluster.traces);
  expect((await cluster.ended).code).toBe(0);
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'processes that a program starts end with the cluster, by %s',
  async (signal) => {
    await using home = new Home();
    const cluster = await TestCluster.up(
      ['--nodes', '2', '--program', fixture('programs/starts-children.ts')],
      { home: home.path },
    );
    const { body } = await cluster.client.call('n1', { type: 'children' });
    expect(processesOf(home.path).map(({ pid }) => pid)).toEqual(
      expect.arrayContaining(body.pids as number[]),
    );
    const startMs = performance.now();
    await cluster.client.kill('n1');
    // The detached process still holds n1's output, and no process waits for that.
    expect(performance.now() - startMs).toBeLessThan(1500);
    cluster.child.kill(signal);
    await expectNothingLeft(home.path, performance.now(), cluster.traces);
  },
);

describe.runIf(process.platform === 'linux')('a daemon with an emptied environment', () => {
  const up = ['--nodes', '2', '--program', fixture('programs/starts-daemon.ts')];
  const daemonOf = async ({ client }: TestCluster, node: string): Promise<number> =>
    Number((await client.call(node, { type: 'daemon' })).body.pid);

  test.each(['SIGINT', 'SIGKILL'] as const)('ends with its cluster, by %s', async (signal) => {
    await using home = new Home();
    const cluster = await TestCluster.up(up, { home: home.path });
    const daemons = [await daemonOf(cluster, 'n1'), await daemonOf(cluster, 'n2')];
    expect(daemons.filter(isRunning)).toEqual(daemons);
    cluster.child.kill(signal);
    await expectNothingLeft(home.path, performance.now(), cluster.traces);
    await until(() => !daemons.some(isRunning), 'the daemons are gone', 2000);
  });

  test('ends with its node, before that is started again, and others keep running', async () => {
    await using cluster = await TestCluster.up([...up, '--restart', 'on-failure']);
    const { client } = cluster;
    const other = await daemonOf(cluster, 'n2');
    const ends: Readonly<Record<string, () => Promise<unknown>>> = {
      kill: () => client.kill('n1').then(() => client.start('n1')),
      stop: () => client.stop('n1').then(() => client.start('n1')),
      restart: () => client.restart('n1'),
      crash: async () => {
        process.kill((await cluster.node('n1')).pid!, 'SIGKILL');
        const { seq } = await cluster.event('node.crashed');
        await cluster.event('node.ready', ({ node, ...event }) => node === 'n1' && event.seq > seq);
      },
    };
    for (const [how, end] of Object.entries(ends)) {
      const daemon = await daemonOf(cluster, 'n1');
      expect([how, isRunning(daemon)]).toEqual([how, true]);
      await end();
      // The value that the program saw when it started.
      expect((await client.call('n1', { type: 'met' })).body).toMatchObject({ met: [] });
      expect([how, isRunning(daemon)]).toEqual([how, false]);
    }
    expect(isRunning(other)).toBe(true);
  });
});

test('processes that outlive a supervisor and a reaper killed together end when the cluster is started again', async () => {
  await using home = new Home();
  const up = ['--nodes', '2', '--program', fixture('programs/starts-children.ts')];
  const cluster = await TestCluster.up(up, { home: home.path });
  const { body } = await cluster.client.call('n1', { type: 'children' });
  const [inGroup, inSession] = body.pids as [number, number];
  await cluster.client.pause('n2');
  const paused = (await cluster.node('n2')).pid!;
  // It starts no other reaper.
  cluster.child.kill('SIGSTOP');
  for (const pid of reapers(home.path)) process.kill(pid, 'SIGKILL');
  cluster.child.kill('SIGKILL');
  await until(() => !isRunning(inGroup), 'the process group of a node ends with the node');
  expect([inSession, paused].filter(isRunning)).toEqual([inSession, paused]);
  await using _again = await TestCluster.up(['--nodes', '1', '--program', 'echo', '--wipe'], {
    home: home.path,
  });
  expect([inSession, paused].filter(isRunning)).toEqual([]);
});

/** Whether a process runs. A zombie does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a process that a node left behind ends with the node, and does not block waits for it', async () => {
  await using home = new Home();
  const script = `sleep 1000 & exec '${process.execPath}' '${fixture('nodes/hello.mjs')}'`;
  await using cluster = await TestCluster.up(['--nodes', '2', '--', 'sh', '-c', script], {
    home: home.path,
  });
  const sleepers = (): number =>
    processesOf(home.path).filter(({ command }) => command.startsWith('sleep')).length;
  expect(sleepers()).toBe(2);
  process.kill((await cluster.node('n2')).pid!, 'SIGKILL');
  await cluster.event('node.crashed', ({ node }) => node === 'n2');
  expect(sleepers()).toBe(1);
});

test('a process that reads the recording is not killed with the cluster', async () => {
  await using home = new Home();
  const up = ['--nodes', '1', '--program', 'echo'];
  const cluster = await TestCluster.up(up, { home: home.path });
  // Like a shell whose working directory is the run's folder.
  const { runDir } = cluster.status;
  const viewer = spawn('sleep', ['1000'], { cwd: runDir, env: { ...process.env, PWD: runDir } });
  await cluster.down();
  expect(viewer.signalCode).toBe(null);
  viewer.kill();
});

/** Moments of a start. */
const moments: Readonly<Record<string, (home: string) => Promise<unknown>>> = {
  'at once': async () => {},
  'after 50 ms': () => pass(50),
  'after 150 ms': () => pass(150),
  'after 300 ms': () => pass(300),
  'when the name is claimed': (home) => until(() => existsSync(clusterFile(home)), 'a claim', 5000),
  'when the router runs': (home) => untilRuns(home, '/router-'),
  'when a node runs': (home) => untilRuns(home, '/echo-'),
};

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const untilRuns = (home: string, part: string): Promise<unknown> =>
  until(() => processesOf(home).some(({ command }) => command.includes(part)), `${part} runs`);

test.each(Object.entries(moments))(
  'a supervisor that is killed while it starts, %s, leaves nothing',
  async (_, moment) => {
    await using home = new Home();
    const child = spawnCluster(home.path, ['up', '--nodes', '3', '--program', 'echo']);
    const ended = outcome(child);
    await moment(home.path);
    child.kill('SIGKILL');
    await ended;
    await expectNothingLeft(home.path, performance.now());
  },
);

test.each([
  { what: 'that never joins', argv: ['sleep', '1000'] },
  { what: 'with children', argv: ['sh', '-c', 'sleep 1000 & wait'] },
])(
  'a foreign program $what is gone after its start is abandoned or its supervisor killed',
  async ({ argv }) => {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      await using home = new Home();
      const child = spawnCluster(home.path, ['up', '--nodes', '2', '--', ...argv]);
      const ended = outcome(child);
      await until(
        () => processesOf(home.path).some(({ command }) => /^\S*sleep 1000/.test(command)),
        'the program runs',
      );
      child.kill(signal);
      await expectNothingLeft(home.path, performance.now());
      const { code, stderr } = await ended;
      expect({ code, stderr }).toEqual({ code: signal === 'SIGINT' ? 130 : null, stderr: '' });
    }
  },
);

// FAULTLINE_ROUNDS=100 finds rare failures.
const rounds = Number(process.env.FAULTLINE_ROUNDS ?? 8);

test(`${rounds} rounds of up and down leave nothing`, {
  timeout: 10_000 + rounds * 5000,
}, async () => {
  await using home = new Home();
  for (let round = 0; round < rounds; round++) {
    const cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo'], {
      home: home.path,
    });
    await cluster.client.call('n2', { type: 'echo', round });
    if (round % 2 === 0) await cluster.run('down');
    else cluster.child.kill(round % 4 === 1 ? 'SIGINT' : 'SIGKILL');
    await expectNothingLeft(home.path, performance.now(), cluster.traces);
  }
});
