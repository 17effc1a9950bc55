/** Runs plans a number of times, some at a time, and tells what came of each. */

import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '@faultline/plans';
import { asFaultlineError } from '@faultline/protocol';
import { judge, type RunReport, reportOf, runPlan } from '@faultline/runner';
import { folder } from './forms.ts';

/** Of one run: what the checks said, or why they could say nothing. */
export interface Outcome {
  /**
   * `partial`: found to be right, and a step of the plan never came or could not be done. `failed`: it
   * could not be run, or not judged.
   */
  readonly verdict: 'ok' | 'violated' | 'unknown' | 'vacuous' | 'partial' | 'failed';
  readonly seed: string;
  readonly why: string;
  /** Kept where it is not what was expected. */
  readonly runDir: string | null;
}

export interface Trial {
  readonly plan: Plan;
  /** A run that ends otherwise is kept, to be looked at. */
  readonly expected: 'ok' | 'violated';
  readonly seed: string;
}

/** Some plans take five seconds. What takes so long hangs. */
const runMsMax = 90_000;

/** A state directory for all runs, with the programs bundled once. It goes when it is disposed of, unless a run in it is kept. */
export class Arena implements Disposable {
  readonly #dir = mkdtempSync(join(tmpdir(), 'faultline-prove-'));
  readonly signal: AbortSignal;
  #isKept = false;
  #count = 0;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  async run({ plan, expected, seed }: Trial): Promise<Outcome> {
    const name = `${plan.name.slice(0, 20)}-${++this.#count}`;
    const tooLong = AbortSignal.timeout(runMsMax);
    const signal = AbortSignal.any([this.signal, tooLong]);
    // Each operation of a run waits for it.
    setMaxListeners(0, signal);
    try {
      const { runDir } = await runPlan(plan, {
        stateDir: this.#dir,
        name,
        seed,
        cwd: folder,
        signal,
      });
      const report = await reportOf(runDir);
      const { verdict: said, checks, notes } = judge(report);
      const verdict = said === 'ok' && !isWhole(plan, report) ? 'partial' : said;
      const isExpected = verdict === expected;
      if (isExpected) rmSync(runDir, { recursive: true, force: true });
      else this.#isKept = true;
      const check = checks.find(({ result }) => result.verdict === said);
      const why = [check?.result.summary, ...notes].filter(Boolean).join(' ');
      return { verdict, seed, why, runDir: isExpected ? null : runDir };
    } catch (error) {
      this.signal.throwIfAborted();
      const why = tooLong.aborted
        ? `it took longer than ${runMsMax / 1000} s`
        : asFaultlineError(error).message;
      return { verdict: 'failed', seed, why, runDir: null };
    }
  }

  [Symbol.dispose](): void {
    if (!this.#isKept) rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Whether all of the plan was done: what was not tried was not passed. */
function isWhole(plan: Plan, { steps }: RunReport): boolean {
  if (steps === null || steps.some(({ failed }) => failed !== null)) return false;
  return plan.steps.every((_, i) => steps.some(({ step }) => step === i));
}

/** So many at a time, in their order. */
export async function inTurns<T, R>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}
