/** Starts a cluster for a test: the supervisor runs in this process, the router and the nodes in theirs. */
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
import { Deeds } from '../replay/deeds.ts';
import { Events } from './events.ts';
import { type FunctionProgram, writeProgram } from './program-source.ts';
import { RunFolder } from './run-folder.ts';
import { TestCluster } from './test-cluster.ts';

export interface StartOptions {
  /** How many; default 3. */
  readonly nodes?: number;
  /**
   * What they run: a ready program's name, a file (relative to the working directory, or as a URL), a
   * command as a list of words, or a function of `node`.
   */
  readonly program: string | URL | readonly string[] | FunctionProgram;
  /** What single nodes run instead, by their names: `{ n3: './v2.ts' }`, or a command as a list of words. */
  readonly programs?: Readonly<Record<string, string | readonly string[]>>;
  /** The same seed, the same decisions about messages; drawn where left out. */
  readonly seed?: string | number;
  /** For the program, as `--set` gives them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The weather of all clocks, such as `drifting 50ppm`; default perfect. */
  readonly clocks?: string;
  /** What is recorded of messages; default headers. Without a recording nobody counts what faults touch. */
  readonly trace?: TraceLevel;
  /** What the run is called when it is kept; default test. */
  readonly name?: string;
  /** Members sign what they send. */
  readonly sign?: boolean;
  /** Keep the run of a test that passed, too (default: if FAULTLINE_KEEP is set). */
  readonly keep?: boolean;
  /** What becomes of a node that ends by itself. */
  readonly restart?: 'no' | 'on-failure' | 'always';
  /** How long a node that starts may take to be ready; default 10s. */
  readonly readyTimeoutMs?: number;
}

const nameDefault = 'test';
const nodesDefault = 3;

/**
 * Resolves when all nodes are ready. Throws NODE_START_FAILED where one does not get ready, and what
 * keeps a cluster from starting at all; then nothing is left behind.
 */
export async function startCluster(options: StartOptions): Promise<TestCluster> {
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
    throw besideTheTest(error, options.program);
  }
  folder.runDir = supervised.runDir;
  supervised.record('test.begun', null, {});
  const { trueMs } = supervised.epoch;
  const deeds = new Deeds(() => trueNowMs() - trueMs);
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
    deeds,
  };
  return new TestCluster({
    supervised,
    events,
    folder,
    seed: String(seed),
    traces: trace !== 'off',
    listeners,
    deeds,
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

/** A test means its own folder more often than the one that it was started from. */
function besideTheTest(error: unknown, program: StartOptions['program']): unknown {
  const { code, message, facts } = asFaultlineError(error);
  const isRelative = typeof program === 'string' && /^\.\.?\//.test(program);
  if (code !== 'PROGRAM_NOT_FOUND' || !isRelative) return error;
  const hint = `beside the test is new URL('${program}', import.meta.url)`;
  return new FaultlineError(code, `${message}; ${hint}`, facts, { cause: error });
}
