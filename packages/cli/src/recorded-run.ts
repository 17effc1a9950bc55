/**
 * The recording that a command reads: that of the running cluster, of the last one that ran, or one by
 * name. Files are read directly, so a cluster that is down or does not answer can be examined too.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { Compared, ExplainedFromFiles, PartLimits, Run } from '@faultline/analysis';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import type { RunFiles } from '@faultline/recording';
import { stateDir } from '@faultline/supervisor/registry';
import { Busy } from './busy.ts';
import { defaultName, findClusterFile, type GlobalOptions } from './context.ts';

export interface RunOptions extends GlobalOptions {
  /**
   * A directory, `latest`, or the name, or a prefix of the name, of a run of the cluster or of a failed
   * test. If omitted, see `findRun`.
   */
  readonly run?: string;
}

export const runFlag = '--run <run>';
export const runFlagText =
  'a recording: its folder, `latest`, or its name as `runs` lists it (default: the running cluster, or else the last run)';

/**
 * Throws CLUSTER_NOT_FOUND if none was named and none ever ran, NOT_FOUND if the named one does not
 * exist, BAD_RECORDING.
 */
export async function findRun(options: RunOptions): Promise<RunFiles> {
  const { openRun } = await import('@faultline/recording');
  return openRun(await findRunDir(options));
}

/** Bytes of memory that a query takes for any recording. */
const bytesAtLeast = 64 * 1024 * 1024;
/** Bytes of memory for each fact: several times its real size. */
const bytesPerFact = 1024;
/** Bytes of memory for each character of the clients' history. */
const bytesPerChar = 16;

/** How much of a recording this process loads into memory. */
export function partLimits(): PartLimits {
  const bytes = Math.max(0, getHeapStatistics().heap_size_limit - bytesAtLeast);
  return {
    factsMax: Math.floor(bytes / bytesPerFact),
    historyCharsMax: Math.floor(bytes / bytesPerChar),
  };
}

/** `did`: what the command did with the rest. `fromMs`: since the run began. */
export function cutInWords(did: 'exported' | 'folded' | 'shown', fromMs: number): string {
  const from = `+${(fromMs / 1000).toFixed(3)}s`;
  return `the recording is larger than memory: ${did} from ${from} on; choose another part with --from and --to, or give Node more memory, such as NODE_OPTIONS=--max-old-space-size=8192`;
}

export interface LoadedPart {
  readonly run: Run;
  /** Milliseconds since the run began; null: nothing was omitted. */
  readonly fromMs: number | null;
  readonly facts: number;
}

/** The latest facts of the run, at most `factsMax`. Throws as `findRun` does. */
export async function loadLatest(
  options: RunOptions,
  factsMax: number,
  { keepVectors = false }: { readonly keepVectors?: boolean } = {},
): Promise<LoadedPart> {
  const [files, { RunBuilder }] = await Promise.all([
    findRecordedMessages(options),
    import('@faultline/analysis'),
  ]);
  const builder = new RunBuilder(files.run, { keepVectors });
  const { fromMs } = await files.windowWithin(factsMax);
  const isAll = fromMs === Number.NEGATIVE_INFINITY;
  const skips = isAll ? {} : { fromMs, onDoubt: () => {} };
  using busy = new Busy();
  busy.begin('loading the recording');
  let count = 0;
  for await (const facts of files.facts({ vectors: keepVectors, ...skips })) {
    count += facts.length;
    builder.add(facts);
    busy.update(`loading the recording: ${count} facts`);
  }
  const [events, history] = await Promise.all([files.events(), files.history()]);
  const run = builder.finish(events, history);
  return { run, fromMs: isAll ? null : run.sinceStart(fromMs), facts: count };
}

/** Throws as `findRun` does, and NOT_FOUND where the run has no messages. */
export async function findRecordedMessages(options: RunOptions): Promise<RunFiles> {
  const files = await findRun(options);
  if (files.run.trace !== 'off') return files;
  throw new FaultlineError(
    'NOT_FOUND',
    `the run ${files.run.run} recorded no messages: its cluster was started with --trace off`,
    { run: files.run.run },
  );
}

/** Explains the fate of a message, reading as little of the recording as possible. Throws NOT_FOUND. */
export async function explain(options: RunOptions, id: string): Promise<ExplainedFromFiles> {
  const files = await findRecordedMessages(options);
  const { explainFromFiles } = await import('@faultline/analysis');
  try {
    return await explainFromFiles(files, id);
  } catch (thrown) {
    throw await withRemoved(files, id, asFaultlineError(thrown));
  }
}

/** Whether one thing happened before another, from the facts recorded between them. Throws as `compareFromFiles` does. */
export async function compare(options: RunOptions, a: string, b: string): Promise<Compared> {
  const files = await findRecordedMessages(options);
  const { compareFromFiles } = await import('@faultline/analysis');
  try {
    return await compareFromFiles(files, a, b, partLimits());
  } catch (thrown) {
    const error = asFaultlineError(thrown);
    throw await withRemoved(files, String(error.facts.id), error);
  }
}

/** Adds that the size limit may have removed the message, if that is possible. */
async function withRemoved(
  files: RunFiles,
  id: string,
  error: FaultlineError,
): Promise<FaultlineError> {
  const { removedInWords } = await import('@faultline/recording');
  const removed = error.code === 'NOT_FOUND' ? await files.removed() : undefined;
  const [, sender, seq] = /^(.+\..+)\.(\d+)(?:\/\d+)?$/.exec(id.trim()) ?? [];
  if (removed === undefined || sender === undefined) return error;
  const { near } = error.facts as { readonly near?: readonly string[] };
  const last = near?.find((each) => each.startsWith(`${sender}.`));
  const isLater = last !== undefined && Number(seq) > Number(last.slice(sender.length + 1));
  if (isLater) return error;
  return new FaultlineError(error.code, `${error.message}; ${removedInWords(removed)}`, {
    ...error.facts,
    removed,
  });
}

/** Whether to read a recording: one was named, or no cluster is running. */
export function isRecorded(options: RunOptions): boolean {
  if (options.run !== undefined) return true;
  try {
    findClusterFile(options);
    return false;
  } catch (thrown) {
    return asFaultlineError(thrown).code === 'CLUSTER_NOT_FOUND';
  }
}

/** Throws BAD_REQUEST: a recording cannot be followed. */
export function refuseFollow({ follow = false }: { readonly follow?: boolean }): void {
  if (!follow) return;
  throw new FaultlineError(
    'BAD_REQUEST',
    'a recording cannot be followed: omit --follow, or name a running cluster with --name',
  );
}

/** The cluster whose recordings to read, whether it runs or not. */
export function clusterOf(options: GlobalOptions): string {
  if (options.name !== undefined) return options.name;
  try {
    return findClusterFile(options).name;
  } catch {
    return defaultName;
  }
}

async function findRunDir(options: RunOptions): Promise<string> {
  const { run } = options;
  if (run === undefined) return currentOrLatest(options);
  const { latestRunDir } = await import('@faultline/recording');
  if (run === 'latest') return latestRunDir(stateDir(), clusterOf(options));
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), run);
  if (existsSync(join(path, 'run.json'))) return path;
  return byName(clusterOf(options), run);
}

async function currentOrLatest(options: GlobalOptions): Promise<string> {
  let notRunning: FaultlineError;
  try {
    return findClusterFile(options).runDir;
  } catch (thrown) {
    notRunning = asFaultlineError(thrown);
    if (notRunning.code !== 'CLUSTER_NOT_FOUND') throw thrown;
  }
  try {
    const { latestRunDir } = await import('@faultline/recording');
    return await latestRunDir(stateDir(), options.name ?? defaultName);
  } catch (thrown) {
    if (asFaultlineError(thrown).code !== 'NOT_FOUND') throw thrown;
    const { code, message, facts } = notRunning;
    throw new FaultlineError(
      code,
      `${message}, or name a recording: \`pnpm cluster runs\` lists them`,
      facts,
    );
  }
}

async function byName(cluster: string, text: string): Promise<string> {
  const { keptTestRuns, listRuns } = await import('@faultline/recording');
  const [runs, ofTests] = await Promise.all([
    listRuns(stateDir(), cluster),
    keptTestRuns(stateDir()),
  ]);
  const found = [...runs, ...ofTests].filter(({ run }) => run.startsWith(text));
  if (found.length === 1) return found[0]!.dir;
  const names = (found.length === 0 ? runs : found).map(({ run }) => run);
  const there = names.length === 0 ? 'it has none' : `there are ${names.slice(-5).join(', ')}`;
  throw new FaultlineError(
    'NOT_FOUND',
    found.length === 0
      ? `no recording of the cluster ${cluster} is called ${text}, and no folder of that name has a run.json; ${there}`
      : `${found.length} recordings begin with ${text}: ${names.slice(-5).join(', ')}`,
    { run: text, runs: names },
  );
}
