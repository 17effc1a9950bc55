/**
 * Judges a recorded run in a worker thread. A search can be hard: meanwhile the cluster is still
 * supervised, Ctrl-C works, and a check that takes too much memory or time ends as `unknown` without
 * affecting anything else.
 *
 * The thread reads the run from its files. Sending it a history would take longer than most checks.
 */
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CheckResult } from '@faultline/history';
import { type Check, checkText } from '@faultline/plans/data';
import { deferred, FaultlineError } from '@faultline/protocol';
import { openRun } from '@faultline/recording';
import { bundle, toolCacheDir } from '@faultline/supervisor';
import { planOf, type RunReport } from '../report/report.ts';
import { bundleWorkloads, type WorkloadBundles } from '../workloads/modules.ts';
import { bundleChecks, type CheckBundles } from './checks.ts';
import type { Judged } from './judge.ts';

export interface JudgedRun extends Judged, Pick<RunReport, 'seed' | 'steps'> {
  /** Null if the thread did not finish. */
  readonly timings: RunReport['timings'] | null;
  readonly runDir: string;
}

export interface JudgeOptions {
  /** Instead of the plan's. */
  readonly checks?: readonly Check[] | undefined;
  /** Time limit for all checks together. */
  readonly withinMs: number;
  /** Limit of the thread's heap (default: Node's). */
  readonly heapMb?: number;
  /** Where the thread's bundled code is cached if the tool is installed as a package. */
  readonly stateDir: string;
  /** Cancels, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ToJudgeThread {
  readonly runDir: string;
  readonly checks: readonly Check[] | undefined;
  readonly bundles: CheckBundles;
  readonly workloads: WorkloadBundles;
  readonly withinMs: number;
}

export type FromJudgeThread =
  | { readonly judged: JudgedRun }
  | { readonly error: Pick<FaultlineError, 'code' | 'message' | 'facts'> };

/** Extra time for a check that does not watch its time limit. */
const graceMs = 30_000;

/** Throws NOT_FOUND, BAD_RECORDING, BAD_PLAN for a module that cannot be loaded, and the signal's reason. */
export async function judgeRun(runDir: string, options: JudgeOptions): Promise<JudgedRun> {
  const { checks, withinMs, heapMb, stateDir, signal } = options;
  signal?.throwIfAborted();
  const path = await threadMain(stateDir);
  const plan = await planOf(runDir);
  const bundles = await bundleChecks(checks ?? plan?.checks ?? [], stateDir);
  const workloads = plan === null ? {} : await bundleWorkloads(plan, stateDir);
  signal?.throwIfAborted();
  const asked: ToJudgeThread = { runDir, checks, bundles, workloads, withinMs };
  const thread = new Worker(path, {
    workerData: asked,
    ...(heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
  });
  const { promise, resolve, reject } = deferred<FromJudgeThread | 'time' | 'memory'>();
  thread.on('message', resolve);
  thread.on('error', (error: NodeJS.ErrnoException) =>
    error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? resolve('memory') : reject(error),
  );
  thread.on('exit', (code) => reject(new Error(`the judging thread ended with exit code ${code}`)));
  const giveUp = (): void => reject(signal!.reason);
  signal?.addEventListener('abort', giveUp);
  const timer = setTimeout(() => resolve('time'), withinMs + graceMs);
  try {
    const answer = await promise;
    if (typeof answer === 'string') return await undecided(runDir, checks, answer);
    if ('judged' in answer) return answer.judged;
    const { code, message, facts } = answer.error;
    throw new FaultlineError(code, message, facts);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
    await thread.terminate();
  }
}

/** Installed code runs as it is; sources are bundled first. */
async function threadMain(stateDir: string): Promise<string> {
  const extension = extname(import.meta.url);
  const main = fileURLToPath(new URL(`./judge-thread${extension}`, import.meta.url));
  if (extension === '.js') return main;
  return bundle({
    label: 'judge-thread',
    entry: `import ${JSON.stringify(main)};`,
    cacheDir: toolCacheDir(join(stateDir, 'cache')),
    splitting: true,
    starts: true,
  });
}

/** What the thread had found before it ended is unknown. */
async function undecided(
  runDir: string,
  asked: readonly Check[] | undefined,
  what: 'time' | 'memory',
): Promise<JudgedRun> {
  const [{ run }, plan] = await Promise.all([openRun(runDir), planOf(runDir)]);
  const result: CheckResult = {
    verdict: 'unknown',
    summary: `not decided: the ${what} limit was reached before all checks were done`,
    explanation: ['Some checks may be decided if they run one by one, with `check --checks`.'],
    stats: {},
  };
  return {
    verdict: 'unknown',
    checks: (asked ?? plan?.checks ?? []).map((check) => ({ check: checkText(check), result })),
    faults: [],
    undone: [],
    notes: [],
    runDir,
    seed: run.seed,
    steps: [],
    timings: null,
  };
}
