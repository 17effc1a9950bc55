/** The outcome of one run. */

/** The result of the checks, or the reason why there is none. */
export interface Outcome {
  /**
   * `partial`: found to be right, and a step of the plan never came or could not be done. `failed`: it
   * could not be run, or not judged.
   */
  readonly verdict: 'ok' | 'violated' | 'unknown' | 'vacuous' | 'partial' | 'failed';
  readonly seed: string;
  readonly why: string;
  /** Kept if the outcome is not the expected one. */
  readonly runDir: string | null;
}

export const failed = (seed: string, why: string): Outcome => ({
  verdict: 'failed',
  seed,
  why,
  runDir: null,
});
