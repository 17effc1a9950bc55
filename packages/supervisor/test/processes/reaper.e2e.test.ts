import childProcess, { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { Reaper } from '../../src/processes/reaper.ts';
import { draftPath } from '../../src/state/cluster-file.ts';
import { Folder } from '../helpers/folder.ts';

const reapers = { started: [] as ChildProcess[], areCutOff: false };
const actualSpawn = spawn;

/** The reaper runs but never reads a line, as if its supervisor had died when it started. */
const spawning = (file: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
  const child = actualSpawn(file, args, options);
  if (!args.includes('faultline-reaper')) return child;
  reapers.started.push(child);
  if (reapers.areCutOff) child.stdin!.destroy();
  return child;
};
const spied = vi.spyOn(childProcess, 'spawn').mockImplementation(spawning as typeof spawn);
syncBuiltinESMExports();
afterAll(() => {
  spied.mockRestore();
  syncBuiltinESMExports();
});

const sleepers: ChildProcess[] = [];
afterEach(() => {
  for (const sleeper of sleepers.splice(0)) sleeper.kill('SIGKILL');
});

const ended = async (child: ChildProcess): Promise<NodeJS.Signals | null> => {
  if (child.signalCode === null) await once(child, 'exit');
  return child.signalCode;
};

function sleeperIn(env: NodeJS.ProcessEnv): ChildProcess {
  const sleeper = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore', env });
  sleepers.push(sleeper);
  return sleeper;
}

test('a successor kills every group even if the supervisor dies the moment it runs', async () => {
  using folder = new Folder();
  const clusterFile = folder.write('cluster.json', '{"run": "this-run"}');
  const reaper = new Reaper(clusterFile, 'this-run');
  const [running, over] = [sleeperIn(process.env), sleeperIn(process.env)];
  const stray = sleeperIn({ ...process.env, ...reaper.mark.environment });
  reaper.add(running.pid!);
  reaper.add(over.pid!);
  reaper.gone(over.pid!);
  reapers.areCutOff = true;
  reapers.started.at(-1)!.kill('SIGKILL');
  expect(await Promise.all([ended(running), ended(stray)])).toEqual(['SIGKILL', 'SIGKILL']);
  await expect.poll(() => existsSync(clusterFile)).toBe(false);
  expect(over.signalCode).toBe(null);
  reapers.areCutOff = false;
  await reaper.done();
});

test('the reaper removes the draft of a supervisor that died while it claimed a name', async () => {
  using folder = new Folder();
  const clusterFile = folder.write('cluster.json', '{"run": "this-run"}');
  writeFileSync(draftPath(clusterFile), '{"run": "this-run"}');
  const reaper = new Reaper(clusterFile, 'this-run');
  reapers.started.at(-1)!.stdin!.destroy();
  await expect.poll(() => existsSync(draftPath(clusterFile))).toBe(false);
  await expect.poll(() => existsSync(clusterFile)).toBe(false);
  await reaper.done();
});
