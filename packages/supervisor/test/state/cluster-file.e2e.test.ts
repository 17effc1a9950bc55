import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processIdentity } from '@faultline/recording';
import { expect, test } from 'vitest';
import {
  type ClaimedFile,
  claimCluster,
  isRunning,
  listClusters,
  publishCluster,
  readClusterFile,
  releaseCluster,
} from '../../src/state/cluster-file.ts';
import { type ClusterPaths, clusterPaths } from '../../src/state/paths.ts';
import { Folder } from '../helpers/folder.ts';

const startedAt = '2026-01-31T12:00:00.000Z';
const claim = (paths: ClusterPaths): ClaimedFile => claimCluster(paths, 'run', startedAt);
const pathsIn = (folder: Folder, name = 'default'): ClusterPaths => clusterPaths(folder.path, name);

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync('true').pid;
}

function leave(paths: ClusterPaths, file: Partial<ClaimedFile> | string): void {
  mkdirSync(paths.dir, { recursive: true });
  writeFileSync(paths.file, typeof file === 'string' ? file : JSON.stringify(file));
}

const ofDead = (): Partial<ClaimedFile> => ({ name: 'default', pid: deadPid(), token: 'old' });

test('a claim can be found at once, without an address until it is published', () => {
  using folder = new Folder();
  const paths = pathsIn(folder);
  const claimed = claim(paths);
  expect(readClusterFile(paths.file)).toEqual(claimed);
  expect(claimed).toMatchObject({ name: 'default', pid: process.pid, url: null, startedAt });
  publishCluster(paths, { ...claimed, url: 'http://127.0.0.1:7000' });
  expect(readClusterFile(paths.file)).toEqual({ ...claimed, url: 'http://127.0.0.1:7000' });
});

test('every claim has its own token, too long to guess', () => {
  using folder = new Folder();
  const tokens = ['a', 'b', 'c'].map((name) => claim(pathsIn(folder, name)).token);
  expect(new Set(tokens).size).toBe(3);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{32}$/);
});

test('only its owner may read the file: it holds the token', () => {
  using folder = new Folder();
  const paths = pathsIn(folder);
  const claimed = claim(paths);
  expect(statSync(paths.file).mode & 0o777).toBe(0o600);
  expect(statSync(paths.dir).mode & 0o777).toBe(0o700);
  publishCluster(paths, claimed);
  expect(statSync(paths.file).mode & 0o777).toBe(0o600);
});

test('a second claim of the same name is refused, and changes nothing', () => {
  using folder = new Folder();
  const paths = pathsIn(folder);
  const first = claim(paths);
  expect(() => claim(paths)).toThrow(
    expect.objectContaining({
      code: 'CLUSTER_EXISTS',
      facts: expect.objectContaining({ name: 'default', pid: process.pid }),
    }),
  );
  expect(readClusterFile(paths.file)).toEqual(first);
});

test('claims of different names do not interfere', () => {
  using folder = new Folder();
  claim(pathsIn(folder, 'one'));
  expect(() => claim(pathsIn(folder, 'two'))).not.toThrow();
});

test.each<[string, () => Partial<ClaimedFile> | string]>([
  ['was left by a dead process', ofDead],
  ['is torn', () => '{ "name": "def'],
  ['is empty', () => ''],
  ['names no process', () => '{}'],
])('a file that %s is taken over', (_, left) => {
  using folder = new Folder();
  const paths = pathsIn(folder);
  leave(paths, left());
  const claimed = claim(paths);
  expect(readClusterFile(paths.file)).toEqual(claimed);
});

// Process ids are reused: after the machine restarts, or in a container, which counts from 1.
test.runIf(processIdentity(process.pid) !== undefined)(
  'a file whose process id now belongs to another process is taken over',
  () => {
    using folder = new Folder();
    const paths = pathsIn(folder);
    leave(paths, { ...ofDead(), pid: process.pid, processIdentity: 'an earlier one' });
    expect(listClusters(folder.path)).toEqual([]);
    expect(claim(paths).token).not.toBe('old');
  },
);

test('a file without a process identity is trusted by the process id alone', () => {
  expect(isRunning({ ...ofDead(), pid: process.pid } as ClaimedFile)).toBe(true);
  expect(isRunning(ofDead() as ClaimedFile)).toBe(false);
});

test('a claim leaves nothing beside its file, and nothing at all when released', () => {
  using folder = new Folder();
  const paths = pathsIn(folder);
  leave(paths, ofDead());
  const claimed = claim(paths);
  expect(() => claim(paths)).toThrow();
  publishCluster(paths, claimed);
  expect(readdirSync(paths.dir)).toEqual(['cluster.json']);
  releaseCluster(paths);
  expect(readdirSync(paths.dir)).toEqual([]);
  expect(() => releaseCluster(paths)).not.toThrow();
});

test('the list shows running clusters, and none that died or cannot be read', () => {
  using folder = new Folder();
  expect(listClusters(folder.path)).toEqual([]);
  claim(pathsIn(folder, 'runs'));
  leave(pathsIn(folder, 'died'), ofDead());
  leave(pathsIn(folder, 'torn'), '{');
  mkdirSync(pathsIn(folder, 'empty').dir, { recursive: true });
  expect(listClusters(folder.path).map(({ name }) => name)).toEqual(['runs']);
});

test('a folder that cannot be created is reported with the error of the disk', () => {
  using folder = new Folder();
  folder.write('clusters', 'a file where a folder has to be');
  expect(() => claim(pathsIn(folder))).toThrow(expect.objectContaining({ code: 'DISK_ERROR' }));
});

/** A process that claims on request, and runs until it is disposed. */
class Claimer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(folder: Folder) {
    const fixture = fileURLToPath(new URL('../fixtures/claim.ts', import.meta.url));
    this.#child = spawn(process.execPath, ['--import', 'tsx', fixture, folder.path], {
      // tsx is found from here, whatever folder the tests run in.
      cwd: dirname(fixture),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface(this.#child.stdout!)[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  go(): void {
    this.#child.stdin!.write('go\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hasEnded = this.#child.exitCode !== null || once(this.#child, 'exit');
    this.#child.stdin!.end();
    await hasEnded;
  }
}

test('only one of two simultaneous claims wins, even if both find a dead file', async () => {
  using folder = new Folder();
  const paths = pathsIn(folder);
  await using one = new Claimer(folder);
  await using other = new Claimer(folder);
  const both = [one, other];
  expect(await Promise.all(both.map((claimer) => claimer.line()))).toEqual(['ready', 'ready']);
  for (let round = 0; round < 20; round++) {
    if (round % 2 === 0) leave(paths, ofDead());
    for (const claimer of both) claimer.go();
    const lines = await Promise.all(both.map((claimer) => claimer.line()));
    // The winner prints its token, and the file has that token in the end.
    const tokens = lines.filter((line) => line !== 'CLUSTER_EXISTS');
    expect(tokens).toEqual([JSON.parse(readFileSync(paths.file, 'utf8')).token]);
    expect(readdirSync(paths.dir)).toEqual(['cluster.json']);
    releaseCluster(paths);
  }
});

test.each(['next', 'draft'])(
  'the %s file is new and private, whatever was in its place',
  (which) => {
    using folder = new Folder();
    const paths = pathsIn(folder);
    const suffix = which === 'next' ? 'next' : String(process.pid);
    const victim = folder.at('victim');
    writeFileSync(victim, 'precious');
    mkdirSync(paths.dir, { recursive: true });
    symlinkSync(victim, `${paths.file}.${suffix}`);
    const claimed = claim(paths);
    publishCluster(paths, claimed);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(paths.file).isFile()).toBe(true);
    releaseCluster(paths);

    writeFileSync(`${paths.file}.${suffix}`, '');
    chmodSync(`${paths.file}.${suffix}`, 0o666);
    publishCluster(paths, claim(paths));
    expect(statSync(paths.file).mode & 0o777).toBe(0o600);
  },
);
