import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { ClusterMark } from '../../src/processes/mark.ts';
import { Reaper } from '../../src/processes/reaper.ts';
import { type Spawned, spawnGroup } from '../../src/processes/spawn.ts';
import { Folder } from '../helpers/folder.ts';

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

/** A zombie is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Processes that a program may start and leave behind; each command prints the process id. */
const leaving = {
  'a helper in its own session': 'setsid sleep 1000 & echo $!',
  'a daemon whose parent is gone': `setsid sh -c 'sleep 1000 & echo $!'`,
  'a daemon with a cleared environment': `env -i setsid sh -c 'sleep 1000 & echo $!'`,
  'a stopped daemon with a cleared environment': `env -i setsid sh -c 'sleep 1000 & kill -STOP $!; echo $!'`,
};

/** Resolves once the program has started the process that it leaves behind. */
async function startOf(mark: ClusterMark, leaves: string): Promise<Spawned & { stray: number }> {
  const start = mark.forStart();
  const spawned = spawnGroup({
    argv: ['/bin/sh', '-c', `${leaves}\nexec sleep 1000`],
    mark: start,
    sweep: () => start.sweep(),
    onGroup: (group) => started.push(group),
  });
  const [line] = await once(spawned.child.stdout!, 'data');
  const stray = Number(line);
  started.push(stray);
  expect(isAlive(stray)).toBe(true);
  return { ...spawned, stray };
}

const onLinux = test.runIf(process.platform === 'linux');

onLinux.each(Object.entries(leaving))(
  'when a process ends, %s ends with it, and processes of others keep running',
  async (_, leaves) => {
    const mark = new ClusterMark();
    const [one, other] = [await startOf(mark, leaves), await startOf(mark, leaves)];
    process.kill(one.pid, 'SIGKILL');
    await one.exited;
    expect(isAlive(one.stray)).toBe(false);
    expect([isAlive(other.pid), isAlive(other.stray)]).toEqual([true, true]);
  },
);

onLinux('what many processes left is gone when all of them have ended at once', async () => {
  const mark = new ClusterMark();
  const leaves = leaving['a daemon with a cleared environment'];
  const all = await Promise.all(Array.from({ length: 12 }, () => startOf(mark, leaves)));
  await Promise.all(
    all.map(async ({ pid, exited, stray }) => {
      process.kill(pid, 'SIGKILL');
      await exited;
      expect(isAlive(stray)).toBe(false);
    }),
  );
});

onLinux(
  'the reaper ends a daemon with a cleared environment after an orderly shutdown',
  async () => {
    using folder = new Folder();
    const reaper = new Reaper(folder.at('cluster.json'), 'this-run');
    const { stray } = await startOf(reaper.mark, leaving['a daemon with a cleared environment']);
    await reaper.done();
    expect(isAlive(stray)).toBe(false);
  },
);

onLinux('a process that is no part of the cluster is left alone', async () => {
  const bystander = spawn('sleep', ['1000'], { stdio: 'ignore' });
  started.push(bystander.pid!);
  const one = await startOf(new ClusterMark(), leaving['a helper in its own session']);
  process.kill(one.pid, 'SIGKILL');
  await one.exited;
  expect([isAlive(bystander.pid!), isAlive(one.stray)]).toEqual([true, false]);
});
