/** Starts a cluster for a test: the supervisor runs in this process, the router and each node in its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireReady } from '@faultline/experiment';
import { readyPrograms } from '@faultline/programs';
import {
  asFaultlineError,
  FaultlineError,
  formatDuration,
  type HistoryEntry,
  type TraceLevel,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import { type Supervised, supervise } from '@faultline/supervisor';
import { ActionRecorder } from '../replay/action-recorder.ts';
import { Events } from './events.ts';
import { type FunctionProgram, writeProgram } from './program-source.ts';
import { RunFolder } from './run-folder.ts';
import { warnOfShortLimit } from './short-limit.ts';
import { TestCluster } from './test-cluster.ts';

export interface StartOptions {
  /** Number of nodes; default 3. */
  readonly nodes?: number;
  /**
   * The program of the nodes: the name of a ready program, a file (relative to the working directory, or as a
   * URL), a command as a list of words, or a function of `node`.
   */
  readonly program: string | URL | readonly string[] | FunctionProgram;
  /** Programs of single nodes, by name: `{ n3: './v2.ts' }`, or a command as a list of words. */
  readonly programs?: Readonly<Record<string, string | readonly string[]>>;
  /** The same seed gives the same decisions about messages (default: random). */
  readonly seed?: string | number;
  /** Settings of the program, as with `--set`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The weather of all clocks, such as `drifting 50ppm`; default perfect. */
  readonly clocks?: string;
  /** What is recorded of messages; default headers. With `off`, checks cannot know what faults touched. */
  readonly trace?: TraceLevel;
  /** The name of a kept run; default test. */
  readonly name?: string;
  /** Nodes sign their messages. */
  readonly sign?: boolean;
  /** Keep the run even if the test passes (default: only if FAULTLINE_KEEP is set). */
  readonly keep?: boolean;
  /** When to start a node again that exits without a stop request; default no. */
  readonly restart?: 'no' | 'on-failure' | 'always';
  /** How long a starting node may take to be ready, in milliseconds; default 10 000. */
  readonly readyTimeoutMs?: number;
}

const nameDefault = 'test';
const nodesDefault = 3;

/**
 * Resolves when all nodes are ready. Throws NODE_START_FAILED if a node does not become ready, or the error
 * that keeps the cluster from starting. Then nothing is left behind.
 */
export async function startCluster(options: StartOptions): Promise<TestCluster> {
  warnOfShortLimit();
  const folder = new RunFolder(options.name ?? nameDefault, options.keep);
  const giveUp = new AbortController();
  const starting = start(options, folder, giveUp.signal);
  folder.end = async () => {
    giveUp.abort();
    await (await starting).close();
  };
  return starting;
}

async function start(
  options: StartOptions,
  folder: RunFolder,
  signal: AbortSignal,
): Promise<TestCluster> {
  const {
    nodes = nodesDefault,
    clocks = 'perfect',
    trace = 'headers',
    name = nameDefault,
    seed = randomBytes(4).toString('hex'),
    programs,
    settings,
    sign,
    restart,
    readyTimeoutMs,
  } = options;
  const events = new Events();
  const cwd = process.cwd();
  const listeners = new Set<(entry: HistoryEntry) => void>();
  let supervised: Supervised | undefined;
  let program: string | readonly string[];
  try {
    program = programOf(options.program, folder);
    supervised = await supervise({
      stateDir: folder.stateDir,
      cacheDir: folder.cacheDir,
      name,
      nodes,
      program,
      readyPrograms,
      seed: String(seed),
      clocks,
      trace,
      api: false,
      cwd,
      signal,
      onEvent: events.record,
      onHistory(entry) {
        for (const listener of listeners) listener(entry);
      },
      ...(programs === undefined ? {} : { programs }),
      ...(settings === undefined ? {} : { settings }),
      ...(sign === undefined ? {} : { sign }),
      ...(restart === undefined ? {} : { restart }),
      ...(readyTimeoutMs === undefined ? {} : { readyTimeoutMs }),
    });
    requireReady(supervised.cluster);
  } catch (error) {
    await supervised?.down();
    folder.discard();
    throw withUrlHint(error, options.program);
  }
  folder.runDir = supervised.runDir;
  supervised.record('test.begun', null, {});
  const { trueMs } = supervised.epoch;
  const recorder = new ActionRecorder(() => trueNowMs() - trueMs);
  folder.tested = {
    name,
    seed: String(seed),
    cluster: {
      nodes,
      clocks,
      ...(programs === undefined ? {} : { programs }),
      ...(settings === undefined ? {} : { settings }),
      ...(sign === true ? { sign } : {}),
      ...(trace === 'headers' ? {} : { trace }),
      ...(restart === undefined || restart === 'no' ? {} : { restart }),
      ...(readyTimeoutMs === undefined ? {} : { readyTimeout: formatDuration(readyTimeoutMs) }),
    },
    program,
    isFunction: typeof options.program === 'function',
    cwd,
    events: () => events.past,
    recorder,
  };
  return new TestCluster({
    supervised,
    events,
    folder,
    seed: String(seed),
    traces: trace !== 'off',
    listeners,
    recorder,
  });
}

function programOf(
  program: StartOptions['program'],
  folder: RunFolder,
): string | readonly string[] {
  if (typeof program === 'function') return writeProgram(program, join(folder.stateDir, 'program'));
  if (program instanceof URL) return fileURLToPath(program);
  if (typeof program === 'string' && program.startsWith('file:')) return fileURLToPath(program);
  return program as string | readonly string[];
}

/** A relative path in a test more often means the folder of the test than the working directory. */
function withUrlHint(error: unknown, program: StartOptions['program']): unknown {
  const { code, message, facts } = asFaultlineError(error);
  const isRelative = typeof program === 'string' && /^\.\.?\//.test(program);
  if (code !== 'PROGRAM_NOT_FOUND' || !isRelative) return error;
  const hint = `for a file next to the test, pass new URL('${program}', import.meta.url)`;
  return new FaultlineError(code, `${message}; ${hint}`, facts, { cause: error });
}
