/**
 * Judges a recorded run in a thread of its own. A search can be hard: meanwhile the cluster that was
 * run is still supervised, Ctrl-C is heard, and what takes too much memory or time ends as `unknown`
 * and takes nothing else with it.
 *
 * The thread reads the run from its files. To send it a history would take longer than to check most.
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
  /** Null where the thread did not come to an end. */
  readonly timings: RunReport['timings'] | null;
  readonly runDir: string;
}

export interface JudgeOptions {
  /** In the place of the plan's. */
  readonly checks?: readonly Check[] | undefined;
  /** For all checks together. */
  readonly withinMs: number;
  /** What the thread may keep in its heap; Node's own bound where left out. */
  readonly heapMb?: number;
  /** The thread's bundled code is kept there, where the tool is installed as a package. */
  readonly stateDir: string;
  /** Gives up, and rejects with the signal's reason. */
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

/** A check that does not look at the time is given this much more of it. */
const graceMs = 30_000;

/** Throws NOT_FOUND, BAD_RECORDING, BAD_PLAN for a module that cannot be loaded, and whatever the signal says. */
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
  thread.on('exit', (code) => reject(new Error(`the thread that judges ended with ${code}`)));
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

/** Node runs what is installed as it is; from its sources it is bundled first. */
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

/** Nobody can tell what the thread had found out before it ended. */
async function undecided(
  runDir: string,
  asked: readonly Check[] | undefined,
  what: 'time' | 'memory',
): Promise<JudgedRun> {
  const [{ run }, plan] = await Promise.all([openRun(runDir), planOf(runDir)]);
  const result: CheckResult = {
    verdict: 'unknown',
    summary: `not decided: the ${what} limit was reached before all checks were done`,
    explanation: ['Checked one by one, with `check --checks`, some of them may be decided.'],
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
