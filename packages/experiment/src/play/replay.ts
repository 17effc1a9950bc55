/** Runs a recorded run's plan and load again, with its seed, and finds where the two runs diverge. */
import { FaultlineError } from '@faultline/protocol';
import { openRun } from '@faultline/recording';
import type { Judged } from '../judge/judge.ts';
import { judgeRun } from '../judge/judge-run.ts';
import {
  compareDecisions,
  type Decisions,
  decisionsOf,
  type EdgeComparison,
} from '../report/decisions.ts';
import { readKeptTest } from '../report/kept-test.ts';
import { planOf } from '../report/report.ts';
import { type RunOptions, runPlan } from './run.ts';

export interface Replayed {
  readonly recorded: Judged;
  readonly replayed: Judged;
  readonly isSame: boolean;
  /** Null if one of the runs has no recorded messages. */
  readonly edges: readonly EdgeComparison[] | null;
  /** The directory of the replay. */
  readonly runDir: string;
}

export interface ReplayOptions extends RunOptions {
  /** Time limit for all checks of one of the runs together. */
  readonly judgeWithinMs: number;
}

/** Throws NOT_FOUND, BAD_RECORDING, and any error that keeps the plan from running. */
export async function replayRun(dir: string, options: ReplayOptions): Promise<Replayed> {
  const plan = await planOf(dir);
  if (plan === null) {
    const why = readKeptTest(dir)?.unreplayable ?? null;
    throw new FaultlineError(
      'BAD_RECORDING',
      why === null
        ? `the recording at ${dir} has no plan.json: it was not made by \`run\`, so there is nothing to replay`
        : `the test recorded at ${dir} cannot be replayed: ${why}; run the test again`,
      { dir, ...(why === null ? {} : { why }) },
    );
  }
  const { stateDir, signal, judgeWithinMs: withinMs } = options;
  const bounds = { stateDir, withinMs, ...(signal === undefined ? {} : { signal }) };
  const recorded = await judgeRun(dir, bounds);
  const { runDir } = await runPlan(plan, options);
  const replayed = await judgeRun(runDir, bounds);
  const [before, now] = [await decisionsIn(dir), await decisionsIn(runDir)];
  return {
    recorded,
    replayed,
    isSame: recorded.verdict === replayed.verdict,
    edges: before === null || now === null ? null : compareDecisions(before, now),
    runDir,
  };
}

async function decisionsIn(dir: string): Promise<Decisions | null> {
  const files = await openRun(dir);
  return files.run.trace === 'off' ? null : decisionsOf(files.facts({ from: 'router' }));
}
