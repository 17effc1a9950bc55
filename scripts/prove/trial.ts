/** Runs plans a number of times, some at a time, and counts what came of it. */

import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '@faultline/plans';
import { asFaultlineError } from '@faultline/protocol';
import { judge, reportOf, runPlan } from '@faultline/runner';
import { folder } from './forms.ts';

/** Of one run: what the checks said, or why it could not be run. */
export interface Outcome {
  readonly verdict: 'ok' | 'violated' | 'unknown' | 'vacuous' | 'failed';
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

/** A state directory for all runs, with the programs bundled once. It goes when it is disposed of, unless a run in it is kept. */
export class Arena implements Disposable {
  readonly #dir = mkdtempSync(join(tmpdir(), 'faultline-prove-'));
  readonly signal: AbortSignal;
  #isKept = false;
  #count = 0;

  constructor(signal: AbortSignal) {
    this.signal = signal;
    // Each operation of each run waits for it.
    setMaxListeners(0, signal);
  }

  async run({ plan, expected, seed }: Trial): Promise<Outcome> {
    const name = `${plan.name.slice(0, 20)}-${++this.#count}`;
    try {
      const { runDir } = await runPlan(plan, {
        stateDir: this.#dir,
        name,
        seed,
        cwd: folder,
        signal: this.signal,
      });
      const { verdict, checks, notes } = judge(await reportOf(runDir));
      const isExpected = verdict === expected;
      if (isExpected) rmSync(runDir, { recursive: true, force: true });
      else this.#isKept = true;
      const said = checks.find(({ result }) => result.verdict === verdict);
      const why = [said?.result.summary, ...notes].filter(Boolean).join(' ');
      return { verdict, seed, why, runDir: isExpected ? null : runDir };
    } catch (error) {
      this.signal.throwIfAborted();
      return { verdict: 'failed', seed, why: asFaultlineError(error).message, runDir: null };
    }
  }

  [Symbol.dispose](): void {
    if (!this.#isKept) rmSync(this.#dir, { recursive: true, force: true });
  }
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
