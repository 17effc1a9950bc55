/** One run of a plan, and its outcome. */

import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { judge, reportOf, runPlan } from '@faultline/experiment';
import type { Plan } from '@faultline/plans';
import { asFaultlineError } from '@faultline/protocol';
import { folder } from './forms.ts';
import { failed, type Outcome } from './outcome.ts';

export interface Trial {
  readonly plan: Plan;
  /** A run with another outcome is kept for inspection. */
  readonly expected: 'ok' | 'violated';
  readonly seed: string;
  /** The name of the cluster, which no other trial has. */
  readonly name: string;
  readonly stateDir: string;
}

/** Plans take a few seconds. A run that takes this long hangs. */
const runMsMax = 90_000;

/** Throws if the signal is aborted. */
export async function tryOut(trial: Trial, stopping: AbortSignal): Promise<Outcome> {
  const { plan, expected, seed, name, stateDir } = trial;
  const tooLong = AbortSignal.timeout(runMsMax);
  const signal = AbortSignal.any([stopping, tooLong]);
  // Each operation of a run waits for it.
  setMaxListeners(0, signal);
  try {
    const { runDir } = await runPlan(plan, { stateDir, name, seed, cwd: folder, signal });
    const { verdict: said, checks, notes, undone } = judge(await reportOf(runDir));
    const verdict = said === 'vacuous' && undone.length > 0 ? 'partial' : said;
    const isExpected = verdict === expected;
    if (isExpected) rmSync(runDir, { recursive: true, force: true });
    const check = checks.find(({ result }) => result.verdict === said);
    const why = [check?.result.summary, ...notes].filter(Boolean).join(' ');
    return { verdict, seed, why, runDir: isExpected ? null : runDir };
  } catch (error) {
    stopping.throwIfAborted();
    const why = tooLong.aborted
      ? `it took longer than ${runMsMax / 1000} s`
      : asFaultlineError(error).message;
    return failed(seed, why);
  }
}
