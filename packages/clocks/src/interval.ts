/**
 * Time with its uncertainty: "it is now between these two moments".
 *
 * J. Corbett et al., "Spanner: Google's Globally-Distributed Database", OSDI 2012 (and ACM TOCS
 * 31(3), 2013), section 3, "TrueTime". A node knows how wrong its wall may have been when it was
 * last synchronised, and assumes a bound on how fast its crystal drifts; from both follows an
 * interval that grows until the next synchronisation.
 *
 * The promise: the interval contains the true time, as long as both bounds hold. A clock that was
 * jumped, frozen or drifts more than assumed breaks them without the node noticing, and
 * everything built on the interval (commit wait, leases) breaks with it. Showing that is the point.
 *
 * Ends are inclusive, and exact to the resolution of a float64 wall, a quarter of a microsecond.
 */
export interface Interval {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** The drift that Spanner assumes (section 3: 200 microseconds per second). */
export const ASSUMED_DRIFT_PPM = 200;

export interface Knowledge {
  /** What the own wall clock reads. */
  readonly wallMs: number;
  /** How wrong it may have been, either way, right after the last synchronisation. */
  readonly errorBoundMs: number;
  /** How long ago that was, by the own monotonic clock. */
  readonly sinceSyncMs: number;
  /** How much the own clocks may gain or lose. */
  readonly driftBoundPpm?: number;
}

/** The interval that follows from what a node can know on its own. */
export function around(knowledge: Knowledge): Interval {
  const { wallMs, errorBoundMs, sinceSyncMs, driftBoundPpm = ASSUMED_DRIFT_PPM } = knowledge;
  if (!(errorBoundMs >= 0))
    throw new RangeError(`errorBoundMs must be 0 or more, got ${errorBoundMs}`);
  if (!(driftBoundPpm >= 0 && driftBoundPpm < 1e6)) {
    throw new RangeError(`driftBoundPpm must be from 0 to below 1,000,000, got ${driftBoundPpm}`);
  }
  // The elapsed time was measured with the very clock that drifts: if that runs slow by the bound,
  // more true time went by than it shows. Hence b/(1-b), and not just b.
  const bound = driftBoundPpm / 1e6;
  const uncertaintyMs = errorBoundMs + (Math.max(0, sinceSyncMs) * bound) / (1 - bound);
  return { earliestMs: wallMs - uncertaintyMs, latestMs: wallMs + uncertaintyMs };
}

/** Every moment in `a` comes before every moment in `b`. */
export function definitelyBefore(a: Interval, b: Interval): boolean {
  return a.latestMs < b.earliestMs;
}

/** Every moment in `a` comes after every moment in `b`. */
export function definitelyAfter(a: Interval, b: Interval): boolean {
  return definitelyBefore(b, a);
}

/** Some moment is in both, so nothing can be said of their order. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.earliestMs <= b.latestMs && b.earliestMs <= a.latestMs;
}

/** TT.after(t): the moment has definitely passed. */
export function after(now: Interval, momentMs: number): boolean {
  return now.earliestMs > momentMs;
}

/** TT.before(t): the moment has definitely not come yet. */
export function before(now: Interval, momentMs: number): boolean {
  return now.latestMs < momentMs;
}
