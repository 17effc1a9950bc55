/**
 * Brings a cluster up in this process and takes it down again. Claims the name, starts the reaper,
 * the router and the nodes, and serves the control API.
 */
import type { RecordEvent } from '@faultline/actions';
import type { ClusterFile, NodeStatus, RunInfo } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { Api } from './api/server.ts';
import { Cluster } from './cluster.ts';
import { tracesOf } from './processes/mark.ts';
import { Reaper } from './processes/reaper.ts';
import { sweep } from './processes/sweep.ts';
import { claimCluster, publishCluster, readClusterFile } from './state/cluster-file.ts';
import type { Recorder } from './state/recorder.ts';
import { keepDisks } from './supervise/kept-disks.ts';
import type { SuperviseOptions } from './supervise/options.ts';
import { identify, loadProgram, prepareCode, prepareOwn } from './supervise/programs.ts';
import { makeRunDir, openHistory, openRecorder, writeRunInfo } from './supervise/run-files.ts';
import { Running } from './supervise/running.ts';
import { readSettings, type Settings } from './supervise/settings.ts';

export type { SuperviseOptions } from './supervise/options.ts';

export interface Supervised {
  readonly cluster: Cluster;
  /** URL of the control API; empty if it is not served. */
  readonly url: string;
  readonly token: string;
  readonly runDir: string;
  /** The start of the run; event times are relative to it. */
  readonly epoch: RunInfo['epoch'];
  readonly nodes: readonly NodeStatus[];
  /** Adds an event of an experiment to those of its cluster. */
  readonly record: RecordEvent;
  /** Resolves when the cluster is down, however that was requested. */
  readonly isDown: Promise<void>;
  down(): Promise<void>;
}

/**
 * Resolves when every node's start has ended, successfully or not. If the cluster itself cannot start,
 * takes down everything it started, and throws BAD_REQUEST for an invalid number of nodes,
 * CLUSTER_EXISTS for a name that is taken, DISK_MISMATCH if its disks belong to another program, or
 * CLUSTER_STOPPING if the signal aborted.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { signal } = options;
  const settings = readSettings(options);
  // First, so that this process cannot die at any later moment and leave something behind.
  const reaper = new Reaper(settings.paths.file, settings.run);
  const file = await claim(settings, reaper);
  const running = new Running(settings, reaper);
  signal?.addEventListener('abort', running.down);
  try {
    running.requireNotStopping(signal);
    const prepared = await prepare(running, options, settings, reaper);
    const { cluster, recorder } = prepared;
    const started = cluster.up();
    started.catch(() => {});
    // Load it while the nodes start: it is the largest part of this process.
    const api = options.api === false ? undefined : await serve(running, prepared, options, file);
    await started;
    running.requireNotStopping(signal);
    if (api !== undefined) publishCluster(settings.paths, { ...file, url: api.url });
    recorder.record('cluster.up', null, {
      url: api?.url ?? null,
      ready: cluster.nodes.filter(({ state }) => state === 'ready').length,
      afterMs: Math.round(trueNowMs() - settings.epoch.trueMs),
    });
    return {
      cluster,
      url: api?.url ?? '',
      token: file.token,
      runDir: settings.runDir,
      epoch: settings.epoch,
      nodes: cluster.nodes,
      record: (...event) => recorder.record(...event),
      isDown: running.isDown,
      down: running.down,
    };
  } catch (error) {
    await running.down();
    // After an abort, other errors are consequences of it.
    if (signal?.aborted) running.requireNotStopping(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', running.down);
  }
}

/**
 * Throws CLUSTER_EXISTS, and then leaves nothing behind. Ends processes that an earlier cluster of this
 * name left because its supervisor and its reaper were killed at the same time.
 */
async function claim({ paths, runDir, startedAt }: Settings, reaper: Reaper): Promise<ClusterFile> {
  const earlier = tracesOf(readClusterFile(paths.file)?.mark);
  try {
    const file = claimCluster(paths, runDir, startedAt, reaper.mark.id);
    if (earlier !== undefined) await sweep(earlier);
    return file;
  } catch (error) {
    await reaper.done();
    throw error;
  }
}

interface Prepared {
  readonly cluster: Cluster;
  readonly recorder: Recorder;
}

/** Prepares everything before the first process: code, the run's files, and a cluster that has not started. */
async function prepare(
  running: Running,
  options: SuperviseOptions,
  settings: Settings,
  reaper: Reaper,
): Promise<Prepared> {
  const programOf = identify(options);
  const keptDisks = keepDisks(settings.nodesDir, options.disks ?? 'own', (node) => ({
    ...programOf(node),
    settings: settings.settings,
  }));
  makeRunDir(settings, options);
  const [{ program, routerBundle }, programs] = await Promise.all([
    prepareCode(options, settings),
    prepareOwn(options, settings),
  ]);
  running.requireNotStopping(options.signal);
  const recorder = openRecorder(settings, options);
  running.recorder = recorder;
  writeRunInfo(settings, program.label);
  const history = openHistory(settings, recorder, options);
  running.history = history;
  recorder.record('cluster.starting', null, {
    name: settings.name,
    seed: settings.seed,
    nodes: settings.nodeCount,
    program: program.label,
    settings: settings.settings,
    clocks: settings.clocks.text,
    epoch: settings.epoch,
    keptDisks: keptDisks?.nodes ?? [],
    pid: process.pid,
  });
  const cluster = new Cluster({
    ...settings,
    program,
    keptDisks,
    routerBundle,
    recorder,
    history,
    programs,
    loadProgram: (name) => loadProgram(options, name, settings),
    mark: reaper.mark,
    onGroup: (change, group) => (change === 'add' ? reaper.add(group) : reaper.gone(group)),
  });
  running.cluster = cluster;
  return { cluster, recorder };
}

async function serve(
  running: Running,
  { cluster, recorder }: Prepared,
  { host = '127.0.0.1', port = 0, page }: SuperviseOptions,
  { token, runDir }: ClusterFile,
): Promise<Api> {
  const { serveApi } = await import('./api/server.ts');
  const onDown = (): void => void running.down();
  running.api = await serveApi({
    cluster,
    recorder,
    host,
    port,
    token,
    onDown,
    page: page && { serve: page, runDir },
  });
  return running.api;
}
