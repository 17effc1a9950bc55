/**
 * Brings a cluster up in this process and takes it down again: claims the name, starts the reaper,
 * the router and the nodes, and serves the control API.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import {
  type ClusterEvent,
  type ClusterFile,
  deferred,
  FaultlineError,
  type HistoryEntry,
  type NodeStatus,
  nodesMax,
  type RecordEvent,
  type RunInfo,
  runVersion,
  type TraceLevel,
  vectorNodesMax,
} from '@faultline/protocol';
import { processIdentity, tracedBodyBytesMax, trueNowMs } from '@faultline/recording';
import { readWeather } from './clocks/weather.ts';
import { Cluster } from './cluster.ts';
import type { RestartPolicy } from './nodes/back-off.ts';
import { Reaper } from './processes/reaper.ts';
import { bundle } from './programs/bundle.ts';
import {
  bundleProgram,
  commandProgram,
  findProgram,
  type ProgramSource,
} from './programs/program.ts';
import { shortPath, workDir } from './programs/source-place.ts';
import { claimCluster, publishCluster, releaseCluster } from './state/cluster-file.ts';
import { onDisk } from './state/disk-errors.ts';
import { History } from './state/history.ts';
import { clusterPaths, toolCacheDir } from './state/paths.ts';
import { Recorder } from './state/recorder.ts';

export interface SuperviseOptions {
  readonly stateDir: string;
  readonly name: string;
  readonly nodes: number;
  /** A ready program's name, a file, or a command. */
  readonly program: string | readonly string[];
  /** Ready programs by name, as URLs of their modules. */
  readonly readyPrograms: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly seed?: string | undefined;
  /** The weather of all clocks, such as `drifting 50ppm`; `perfect` where left out. */
  readonly clocks?: string | undefined;
  readonly host?: string;
  readonly port?: number;
  /** `auto`: vector clocks up to `vectorNodesMax` nodes. */
  readonly vector?: 'on' | 'off' | 'auto';
  /** Nodes and clients sign what they send, and drop what is not signed by whom it claims to be from. */
  readonly sign?: boolean;
  /** What is recorded of messages: nothing, all but their bodies (by default), or all. */
  readonly trace?: TraceLevel;
  /** Of each body, where bodies are recorded; by default 4 KiB, at most 32 KiB. */
  readonly traceBodyBytesMax?: number;
  readonly queueBytesMax?: number;
  readonly readyTimeoutMs?: number;
  /** What becomes of a node that ends without being asked to. */
  readonly restart?: RestartPolicy;
  readonly stopGraceMs?: number;
  /** Where relative paths of programs start. */
  readonly cwd?: string;
  readonly onEvent?: (event: ClusterEvent) => void;
  /** Told of each line of the history as it is written. */
  readonly onHistory?: (entry: HistoryEntry) => void;
  /** Whether the control API is served; it is what takes longest to load. Default true. */
  readonly api?: boolean;
  /** Where bundled programs are kept; in the state directory where left out. */
  readonly cacheDir?: string;
  /** Start with empty disks, whatever an earlier run of this name has left. */
  readonly wipe?: boolean;
  /** Gives up a start that is under way: what was started is taken down again. */
  readonly signal?: AbortSignal;
}

export interface Supervised {
  readonly cluster: Cluster;
  /** Of the control API; empty where it is not served. */
  readonly url: string;
  readonly token: string;
  readonly runDir: string;
  /** When the run began; times of events count from there. */
  readonly epoch: RunInfo['epoch'];
  readonly nodes: readonly NodeStatus[];
  /** Puts an event of an experiment among those of its cluster. */
  readonly record: RecordEvent;
  /** Resolves when the cluster is down, whoever asked for it. */
  readonly isDown: Promise<void>;
  down(): Promise<void>;
}

function requireNodeCount(nodes: number): void {
  if (Number.isInteger(nodes) && nodes >= 1 && nodes <= nodesMax) return;
  throw new FaultlineError('BAD_REQUEST', `nodes: expected 1 to ${nodesMax}, got ${nodes}`, {
    nodes,
  });
}

/**
 * Resolves when every node's start has come to an end. Throws what keeps the cluster itself from
 * starting, BAD_REQUEST for a number of nodes that cannot be, or CLUSTER_STOPPING where the signal aborted, and then has taken down whatever was
 * started.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { stateDir, name, signal } = options;
  requireNodeCount(options.nodes);
  const inState = clusterPaths(stateDir, name);
  const paths = { ...inState, cache: options.cacheDir ?? inState.cache };
  const toolCache = toolCacheDir(paths.cache);
  const clocks = readWeather(options.clocks ?? 'perfect');
  const seed = options.seed ?? randomBytes(4).toString('hex');
  const epoch = { trueMs: trueNowMs(), wallMs: Date.now() };
  const startedAt = new Date(epoch.wallMs).toISOString();
  const run = `${startedAt.replaceAll(/[:.]/g, '-')}-${randomBytes(3).toString('hex')}`;
  const runDir = join(paths.runs, run);
  // First of all, so that there is no moment at which we could die and leave something.
  const reaper = new Reaper(paths.file, run);
  let file: ClusterFile;
  try {
    file = claimCluster(paths, runDir, startedAt);
  } catch (error) {
    await reaper.done();
    throw error;
  }
  let recorder: Recorder | undefined;
  let history: History | undefined;
  let cluster: Cluster | undefined;
  let api: { url: string; close(): Promise<void> } | undefined;
  let downAsked: Promise<void> | undefined;

  const takeDown = async (): Promise<void> => {
    try {
      await cluster?.down();
    } finally {
      await reaper.done();
      await api?.close();
      recorder?.close();
      history?.close();
      releaseCluster(paths);
      hasEnded.resolve();
    }
  };
  const hasEnded = deferred();
  const down = (): Promise<void> => {
    // Asked again: nobody is given time any more.
    if (downAsked !== undefined) cluster?.down().catch(() => {});
    downAsked ??= takeDown();
    return downAsked;
  };
  const giveUp = (): void => void down();
  const requireWanted = (): void => {
    if (downAsked === undefined && !signal?.aborted) return;
    throw new FaultlineError('CLUSTER_STOPPING', `${name} was taken down before it was up`, {
      name,
    });
  };

  signal?.addEventListener('abort', giveUp);
  try {
    requireWanted();
    onDisk(`make the run's directory ${runDir}`, () =>
      mkdirSync(runDir, { recursive: true, mode: 0o700 }),
    );
    if (options.wipe === true) {
      onDisk(`wipe the disks in ${paths.nodes}`, () =>
        rmSync(paths.nodes, { recursive: true, force: true }),
      );
    }
    const [program, routerBundle] = await Promise.all([
      prepareProgram(options, paths.cache),
      bundle({
        label: 'router',
        entry: `import ${JSON.stringify(routerMain())};`,
        cacheDir: toolCache,
      }),
    ]);
    requireWanted();
    if (program.kind === 'command' && clocks.spec.kind !== 'perfect') {
      throw new FaultlineError(
        'NODE_CANNOT',
        `${program.label} is a program without our SDK: its clock is the machine's, and has no weather`,
        { program: program.label, clocks: clocks.text },
      );
    }
    if (program.kind === 'command' && options.sign) {
      throw new FaultlineError(
        'NODE_CANNOT',
        `${program.label} is a program without our SDK, and cannot sign what it sends: start it without --sign`,
        { program: program.label },
      );
    }
    recorder = onDisk(
      'write the recording',
      () => new Recorder({ path: join(runDir, 'events.jsonl'), epoch, trueNowMs }),
    );
    if (options.onEvent) recorder.listen(options.onEvent);
    const vector = options.vector ?? 'auto';
    const hasVector = vector === 'on' || (vector === 'auto' && options.nodes <= vectorNodesMax);
    const trace = options.trace ?? 'headers';
    const identity = processIdentity(process.pid);
    writeRunInfo(runDir, {
      version: runVersion,
      name,
      run,
      startedAt,
      seed,
      pid: process.pid,
      ...(identity === undefined ? {} : { processIdentity: identity }),
      program: program.label,
      settings: options.settings ?? {},
      nodes: Array.from({ length: options.nodes }, (_, i) => `n${i + 1}`),
      vector: hasVector,
      trace,
      epoch,
    });
    const told = recorder;
    history = onDisk(
      'write the recording',
      () =>
        new History({
          path: join(runDir, 'history.jsonl'),
          epochMs: epoch.trueMs,
          trueNowMs,
          onEntry: options.onHistory,
          onStopped: (reason) =>
            told.record('recording.stopped', null, { reason: `history.jsonl: ${reason}` }),
        }),
    );
    recorder.record('cluster.starting', null, {
      name,
      seed,
      nodes: options.nodes,
      program: program.label,
      settings: options.settings ?? {},
      clocks: clocks.text,
      epoch,
      pid: process.pid,
    });
    cluster = new Cluster({
      name,
      seed,
      nodeCount: options.nodes,
      program,
      settings: options.settings ?? {},
      clocks,
      vector: hasVector,
      sign: options.sign ?? false,
      trace,
      traceBodyBytesMax: traceBodyBytes(options),
      queueBytesMax: options.queueBytesMax ?? 16 * 1024 * 1024,
      readyTimeoutMs: options.readyTimeoutMs ?? 10_000,
      stopGraceMs: options.stopGraceMs ?? 1000,
      runDir,
      nodesDir: paths.nodes,
      loadProgram: (name) => loadModule(options, name, paths.cache),
      restart: options.restart ?? 'no',
      routerBundle,
      cacheDir: toolCache,
      env: reaper.environment,
      epoch,
      recorder,
      history,
      onGroup: (change, group) => (change === 'add' ? reaper.add(group) : reaper.gone(group)),
    });
    const started = cluster.start();
    started.catch(() => {});
    if (options.api !== false) {
      // Loaded while the nodes start: it is the largest part of this process.
      const { serveApi } = await import('./api/server.ts');
      api = await serveApi({
        cluster,
        recorder,
        host: options.host ?? '127.0.0.1',
        port: options.port ?? 0,
        token: file.token,
        onDown: giveUp,
      });
    }
    await started;
    requireWanted();
    if (api !== undefined) publishCluster(paths, { ...file, url: api.url });
    recorder.record('cluster.up', null, {
      url: api?.url ?? null,
      ready: cluster.nodes.filter(({ state }) => state === 'ready').length,
      afterMs: Math.round(trueNowMs() - epoch.trueMs),
    });
  } catch (error) {
    await down();
    // Being taken down makes other things fail; those are not why.
    if (signal?.aborted) requireWanted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return {
    cluster,
    url: api?.url ?? '',
    token: file.token,
    runDir,
    epoch,
    nodes: cluster.nodes,
    record: (...event) => recorder.record(...event),
    isDown: hasEnded.promise,
    down,
  };
}

function writeRunInfo(runDir: string, info: RunInfo): void {
  onDisk('write the recording', () =>
    writeFileSync(join(runDir, 'run.json'), `${JSON.stringify(info, null, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    }),
  );
}

function traceBodyBytes({ traceBodyBytesMax = 4096 }: SuperviseOptions): number {
  if (traceBodyBytesMax >= 1 && traceBodyBytesMax <= tracedBodyBytesMax) return traceBodyBytesMax;
  throw new FaultlineError(
    'BAD_SIZE',
    `of a body the trace keeps 1 to ${tracedBodyBytesMax} bytes, not ${traceBodyBytesMax}`,
    { traceBodyBytesMax },
  );
}

function routerMain(): string {
  return createRequire(import.meta.url).resolve('@faultline/router/main');
}

async function prepareProgram(options: SuperviseOptions, cacheDir: string): Promise<ProgramSource> {
  const cwd = options.cwd ?? workDir();
  const { program } = options;
  if (typeof program !== 'string') return commandProgram(program, cwd);
  return loadModule(options, program, cacheDir);
}

function loadModule(
  { readyPrograms, cwd = workDir() }: SuperviseOptions,
  name: string,
  cacheDir: string,
): Promise<ProgramSource> {
  const label = isAbsolute(name) ? shortPath(name) : name;
  return bundleProgram(findProgram(name, readyPrograms, cwd), label, cacheDir);
}
