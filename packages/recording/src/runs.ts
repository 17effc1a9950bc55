/** The recordings of a cluster: each run has its own directory, named after its start time. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultlineError, type RunInfo } from '@faultline/protocol';
import { isRunOver, lastEvent } from './life.ts';
import { readInfo } from './run-info.ts';

export interface RunEntry {
  /** Name of its directory. */
  readonly run: string;
  readonly dir: string;
  /** Null if there is no usable `run.json`. */
  readonly info: RunInfo | null;
  readonly isRunning: boolean;
  /** True time from its beginning to its last event; null if unknown. */
  readonly lastedMs: number | null;
  /** On disk, logs included. */
  readonly bytes: number;
}

export function runsDir(stateDir: string, name: string): string {
  if (!isName(name)) {
    throw new FaultlineError('BAD_REQUEST', `no cluster is called ${JSON.stringify(name)}`, {
      name,
    });
  }
  return join(stateDir, 'clusters', name, 'runs');
}

const isName = (text: string): boolean => /^[A-Za-z0-9_-]+$/.test(text);

/** The newest run of a cluster, running or not. Throws NOT_FOUND. */
export async function latestRunDir(stateDir: string, name: string): Promise<string> {
  const dir = runsDir(stateDir, name);
  const latest = (await runNames(dir)).at(-1);
  if (latest !== undefined) return join(dir, latest);
  throw new FaultlineError(
    'NOT_FOUND',
    `the cluster ${name} has no recording: start it with \`pnpm cluster up\``,
    { name },
  );
}

/** Oldest first. */
export async function listRuns(stateDir: string, name: string): Promise<RunEntry[]> {
  const dir = runsDir(stateDir, name);
  return Promise.all((await runNames(dir)).map((run) => describe(run, join(dir, run))));
}

/** Every cluster that has recordings, by name, with their number. */
export async function clustersWithRuns(
  stateDir: string,
): Promise<{ readonly name: string; readonly runs: number }[]> {
  const names = (await runNames(join(stateDir, 'clusters'))).filter(isName);
  const counted = await Promise.all(
    names.map(async (name) => ({ name, runs: (await runNames(runsDir(stateDir, name))).length })),
  );
  return counted.filter(({ runs }) => runs > 0);
}

/** Runs of failed tests, which belong to no cluster: oldest first. */
export async function keptTestRuns(stateDir: string): Promise<RunEntry[]> {
  const dir = testRunsDir(stateDir);
  const runs = await Promise.all((await runNames(dir)).map((run) => describe(run, join(dir, run))));
  const begunMs = ({ info }: RunEntry): number => info?.epoch.trueMs ?? 0;
  return runs.sort((a, b) => begunMs(a) - begunMs(b));
}

/** Where a failed test leaves its run. */
export const testRunsDir = (stateDir: string): string => join(stateDir, 'runs');

/** Removes all finished runs but the newest `keep`; running ones stay. Returns the removed runs. */
export async function pruneRuns(stateDir: string, name: string, keep: number): Promise<RunEntry[]> {
  const over = (await listRuns(stateDir, name)).filter(({ isRunning }) => !isRunning);
  const gone = over.slice(0, Math.max(0, over.length - keep));
  for (const { dir } of gone) await rm(dir, { recursive: true, force: true });
  return gone;
}

/** Their names begin with the time, so alphabetical order is chronological. */
async function runNames(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function describe(run: string, dir: string): Promise<RunEntry> {
  const [info, isOver, last, bytes] = await Promise.all([
    readInfo(dir).catch(() => null),
    isRunOver(dir),
    lastEvent(dir),
    bytesIn(dir),
  ]);
  return {
    run,
    dir,
    info,
    isRunning: info === null ? await hasJustBegun(dir) : !isOver,
    lastedMs: typeof last?.atMs === 'number' ? last.atMs : null,
    bytes,
  };
}

const justMs = 60_000;

/** A run's directory exists before its `run.json` does. */
async function hasJustBegun(dir: string): Promise<boolean> {
  const { mtimeMs } = await stat(dir).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs < justMs;
}

async function bytesIn(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return bytesIn(path);
      return stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
