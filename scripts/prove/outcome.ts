/** What came of one run. */

/** What the checks said, or why they could say nothing. */
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

export const failed = (seed: string, why: string): Outcome => ({
  verdict: 'failed',
  seed,
  why,
  runDir: null,
});
