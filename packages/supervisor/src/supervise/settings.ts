/** The settings of a cluster: its options, checked, with defaults and with values chosen once per run. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  FaultlineError,
  nodesMax,
  type RunInfo,
  readyMsDefault,
  runVersion,
  vectorNodesMax,
} from '@faultline/protocol';
import { processIdentity, tracedBodyBytesMax, trueNowMs } from '@faultline/recording';
import { readWeather } from '../clocks/weather.ts';
import type { ClusterOptions } from '../cluster.ts';
import { type ClusterPaths, clusterPaths, toolCacheDir } from '../state/paths.ts';
import type { SuperviseOptions } from './options.ts';

/** Passed to the cluster unchanged. */
type Passed = Pick<
  ClusterOptions,
  | 'name'
  | 'seed'
  | 'nodeCount'
  | 'settings'
  | 'clocks'
  | 'vector'
  | 'sign'
  | 'trace'
  | 'traceBodyBytesMax'
  | 'queueBytesMax'
  | 'readyTimeoutMs'
  | 'stopGraceMs'
  | 'restart'
  | 'runDir'
  | 'nodesDir'
  | 'cacheDir'
  | 'epoch'
>;

export interface Settings extends Passed {
  /** The name of the run's directory. */
  readonly run: string;
  readonly paths: ClusterPaths;
  readonly startedAt: string;
}

/** Throws BAD_REQUEST, BAD_SIZE, or an error of the weather grammar. */
export function readSettings(options: SuperviseOptions): Settings {
  requireNodeCount(options.nodes);
  const inState = clusterPaths(options.stateDir, options.name);
  const paths = { ...inState, cache: options.cacheDir ?? inState.cache };
  const epoch = { trueMs: trueNowMs(), wallMs: Date.now() };
  const startedAt = new Date(epoch.wallMs).toISOString();
  const run = `${startedAt.replaceAll(/[:.]/g, '-')}-${randomBytes(3).toString('hex')}`;
  const vector = options.vector ?? 'auto';
  return {
    name: options.name,
    run,
    startedAt,
    epoch,
    paths,
    runDir: join(paths.runs, run),
    nodesDir: paths.nodes,
    cacheDir: toolCacheDir(paths.cache),
    seed: options.seed ?? randomBytes(4).toString('hex'),
    nodeCount: options.nodes,
    settings: options.settings ?? {},
    clocks: readWeather(options.clocks ?? 'perfect'),
    vector: vector === 'on' || (vector === 'auto' && options.nodes <= vectorNodesMax),
    sign: options.sign ?? false,
    trace: options.trace ?? 'headers',
    traceBodyBytesMax: traceBodyBytes(options),
    queueBytesMax: options.queueBytesMax ?? 16 * 1024 * 1024,
    readyTimeoutMs: options.readyTimeoutMs ?? readyMsDefault,
    stopGraceMs: options.stopGraceMs ?? 1000,
    restart: options.restart ?? 'no',
  };
}

/** The content of `run.json`. `program`: its label. */
export function runInfo(settings: Settings, program: string): RunInfo {
  const { name, run, startedAt, seed, nodeCount, vector, trace, epoch } = settings;
  const identity = processIdentity(process.pid);
  return {
    version: runVersion,
    name,
    run,
    startedAt,
    seed,
    pid: process.pid,
    ...(identity === undefined ? {} : { processIdentity: identity }),
    program,
    settings: settings.settings,
    nodes: Array.from({ length: nodeCount }, (_, i) => `n${i + 1}`),
    vector,
    trace,
    epoch,
  };
}

function requireNodeCount(nodes: number): void {
  if (Number.isInteger(nodes) && nodes >= 1 && nodes <= nodesMax) return;
  throw new FaultlineError('BAD_REQUEST', `nodes: expected 1 to ${nodesMax}, got ${nodes}`, {
    nodes,
  });
}

function traceBodyBytes({ traceBodyBytesMax = 4096 }: SuperviseOptions): number {
  if (traceBodyBytesMax >= 1 && traceBodyBytesMax <= tracedBodyBytesMax) return traceBodyBytesMax;
  throw new FaultlineError(
    'BAD_SIZE',
    `trace body size: expected 1 to ${tracedBodyBytesMax} bytes, got ${traceBodyBytesMax}`,
    { traceBodyBytesMax },
  );
}
