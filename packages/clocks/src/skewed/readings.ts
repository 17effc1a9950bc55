import { around, type Interval } from '../interval.ts';
import { advanceIn, elapsedFor } from './pace.ts';
import type { ClockState } from './state.ts';

/** What the clocks of a state show at a moment of true time. Nothing here allocates but intervals. */

/** What the node's wall clock reads. */
export function wallAt(state: ClockState, trueMs: number): number {
  return state.epoch.wallMs + wallAdvanceAt(state, trueMs);
}

/** What the node's monotonic clock reads: 0 at the epoch, and never less than it read before. */
export function monotonicAt(state: ClockState, trueMs: number): number {
  return state.monotonicMs + advanceIn(state, trueMs - state.sinceTrueMs);
}

/** What a wall clock without fault would read. */
export function trueWallAt(state: ClockState, trueMs: number): number {
  return state.epoch.wallMs + (trueMs - state.epoch.trueMs);
}

/** How far the node's wall is ahead of the true wall; negative when it is behind. */
export function offsetAt(state: ClockState, trueMs: number): number {
  return wallAdvanceAt(state, trueMs) - (trueMs - state.epoch.trueMs);
}

/**
 * How much true time passes from `trueMs` until the monotonic clock has advanced by
 * `monotonicDelayMs`: what to arm a real timer with when a node asks for a timer. It holds until
 * the next change, after which the rest of the delay has to be recomputed.
 */
export function trueDelayFor(state: ClockState, trueMs: number, monotonicDelayMs: number): number {
  if (!Number.isFinite(monotonicDelayMs)) {
    throw new RangeError(`a delay must be a finite number of ms, got ${monotonicDelayMs}`);
  }
  if (monotonicDelayMs <= 0) return 0;
  const elapsedMs = trueMs - state.sinceTrueMs;
  return elapsedFor(state, advanceIn(state, elapsedMs) + monotonicDelayMs) - elapsedMs;
}

/**
 * What the node may *believe* the time to be, from nothing but its own clocks, the error bound of
 * its last synchronisation and the drift that it assumes. Whether the true wall is in there is
 * another matter: a node does not know when its clock is faulty.
 */
export function intervalAt(
  state: ClockState,
  trueMs: number,
  options: { readonly assumedDriftPpm?: number } = {},
): Interval {
  return around({
    wallMs: wallAt(state, trueMs),
    errorBoundMs: state.synchronised.errorBoundMs,
    sinceSyncMs: monotonicAt(state, trueMs) - state.synchronised.monotonicMs,
    driftBoundPpm: options.assumedDriftPpm,
  });
}

/** The wall's advance without the strobe, which comes and goes and is never rebased. */
export function steadyWallAdvanceAt(state: ClockState, trueMs: number): number {
  if (state.frozen) return state.wallAdvanceMs;
  return state.wallAdvanceMs + advanceIn(state, trueMs - state.sinceTrueMs);
}

/** The wall's advance as it is read. */
export function wallAdvanceAt(state: ClockState, trueMs: number): number {
  return steadyWallAdvanceAt(state, trueMs) + strobeAt(state, trueMs);
}

function strobeAt({ strobe }: ClockState, trueMs: number): number {
  if (strobe === null) return 0;
  const intoPeriodMs = (trueMs - strobe.sinceTrueMs) % strobe.periodMs;
  return intoPeriodMs >= strobe.periodMs / 2 ? strobe.deltaMs : 0;
}
