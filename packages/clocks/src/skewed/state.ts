/**
 * The skewed physical clock, as data.
 *
 * What a node's clocks read is a pure function of true time and of this state. The state is plain
 * JSON: it travels over IPC to the node it deceives, and into the recording, from which anybody
 * can compute later what that node's clocks read at any moment.
 *
 *   true time   the host's monotonic clock, in milliseconds with a fraction; same for all nodes
 *   true wall   the calendar time that a clock without fault would show
 *   wall        what the node's `Date.now()` shows; may jump, stop and flip
 *   monotonic   what its `performance.now()` shows; runs fast or slow but never back
 *   advance     how far a clock has come since the epoch
 *
 * A state describes the time from `sinceTrueMs` until the next change. changes.ts makes states,
 * readings.ts reads them. Who applies a state after it began (a message takes time to arrive) can
 * have read the old one in between, and has to hold its monotonic clock until the new one is past.
 */
export interface ClockState {
  /** Where the true wall is pinned to true time. The same in all states of a cluster. */
  readonly epoch: Epoch;
  /** When this state began; no change is made earlier than the last one. */
  readonly sinceTrueMs: number;
  /**
   * The wall's advance at `sinceTrueMs`, without the strobe. An advance and not a calendar time:
   * these smaller numbers keep nanoseconds, where a float64 of today's date has a quarter of a
   * microsecond, and change after change would add that up.
   */
  readonly wallAdvanceMs: number;
  /** The monotonic clock's advance, and so its reading, at `sinceTrueMs`. It is 0 at the epoch. */
  readonly monotonicMs: number;
  /** How much faster than true time wall and monotonic run. Within ±MAX_DRIFT_PPM. */
  readonly driftPpm: number;
  /** Whether the wall stands still. */
  readonly frozen: boolean;
  readonly slew: Slew | null;
  readonly strobe: Strobe | null;
  readonly synchronised: Synchronisation;
}

export interface Epoch {
  readonly trueMs: number;
  readonly wallMs: number;
}

/** A correction being worked in, little by little. */
export interface Slew {
  /** What is left at the state's `sinceTrueMs`; negative to fall back. Never 0. */
  readonly remainingMs: number;
  /** How much is worked in per true time. Positive; the direction is that of `remainingMs`. */
  readonly ratePpm: number;
}

/** A wall that shows `deltaMs` more in the second half of every period. */
export interface Strobe {
  /** When the first period began. */
  readonly sinceTrueMs: number;
  readonly deltaMs: number;
  readonly periodMs: number;
}

/** What the node knows of its own last synchronization. */
export interface Synchronisation {
  readonly trueMs: number;
  /** The node's own monotonic reading at that moment, from which it can compute the time since. */
  readonly monotonicMs: number;
  /** How wrong, either way, the wall may have been right after it. */
  readonly errorBoundMs: number;
}

/**
 * A clock's speed stays between a millionth and twice that of true time, slew included on the
 * slow side: at -1,000,000 ppm it would stop, and below that run backward.
 */
export const MAX_DRIFT_PPM = 999_999;

/** A clock that reads `epoch.wallMs + (trueMs - epoch.trueMs)`, synchronised at the epoch. */
export function perfect(epoch: Epoch): ClockState {
  const { trueMs, wallMs } = epoch;
  if (!Number.isFinite(trueMs) || !Number.isFinite(wallMs)) {
    throw new RangeError(`an epoch needs finite times, got trueMs=${trueMs} wallMs=${wallMs}`);
  }
  return {
    epoch: { trueMs, wallMs },
    sinceTrueMs: trueMs,
    wallAdvanceMs: 0,
    monotonicMs: 0,
    driftPpm: 0,
    frozen: false,
    slew: null,
    strobe: null,
    synchronised: { trueMs, monotonicMs: 0, errorBoundMs: 0 },
  };
}
