import { slewLeft } from './pace.ts';
import { monotonicAt, steadyWallAdvanceAt, wallAdvanceAt } from './readings.ts';
import { type ClockState, MAX_DRIFT_PPM } from './state.ts';

/**
 * What can be done to a clock. Each change takes the state, the moment of true time and its
 * settings, and returns the state that holds from then on.
 *
 *              wall                            monotonic
 *   jump       moves at once                   -
 *   drift      runs at another rate            runs at the same rate as the wall
 *   freeze     stops until thaw                -
 *   strobe     flips between two readings      -
 *   slew       moves little by little          moves with it
 *   synchronise  becomes true wall + error     -        (ends freeze, strobe and slew)
 *   discipline   a jump or a slew, by its size          (ends slew)
 *   become     reads as another clock's wall           runs as the other's from now on
 *
 * Unless stated otherwise, readings are continuous. The monotonic clock never falls, whatever
 * is done in whatever order: it only ever changes its speed, which is always above zero.
 *
 * Changes are made in order of true time; an earlier one than the last is a RangeError.
 */

/** The wall moves by `deltaMs` at once, as when an operator sets the time. */
export function jump(state: ClockState, atTrueMs: number, deltaMs: number): ClockState {
  requireFinite('deltaMs', deltaMs);
  const now = rebase(state, atTrueMs);
  return { ...now, wallAdvanceMs: now.wallAdvanceMs + deltaMs };
}

/** Both clocks gain `ppm` microseconds per second from now on, or lose them; 0 ends the drift. */
export function drift(state: ClockState, atTrueMs: number, ppm: number): ClockState {
  if (!(Math.abs(ppm) <= MAX_DRIFT_PPM)) {
    throw new RangeError(
      `drift must be within ±${MAX_DRIFT_PPM} ppm, got ${ppm}: time must go forward`,
    );
  }
  const drifting = { ...rebase(state, atTrueMs), driftPpm: ppm };
  requireForward(drifting);
  return drifting;
}

/**
 * The wall stops at what it reads. A strobe ends with that, since a clock that stands still does
 * not flip.
 *
 * The monotonic clock continues, as it does on a real machine whose calendar is stuck. Were it to
 * stop too, no timer would ever fire, and that is another fault: a paused process.
 */
export function freeze(state: ClockState, atTrueMs: number): ClockState {
  const wallAdvanceMs = wallAdvanceAt(state, atTrueMs);
  return { ...rebase(state, atTrueMs), wallAdvanceMs, frozen: true, strobe: null };
}

/** The wall continues from where it stopped, and so stays behind by the time that it stood still. */
export function thaw(state: ClockState, atTrueMs: number): ClockState {
  return { ...rebase(state, atTrueMs), frozen: false };
}

/**
 * The wall shows `deltaMs` more in the second half of every period of true time, after Jepsen's
 * clock nemesis. It replaces an earlier strobe. On a frozen clock the wall flips between
 * two readings that stand still.
 */
export function strobe(
  state: ClockState,
  atTrueMs: number,
  { deltaMs, periodMs }: { readonly deltaMs: number; readonly periodMs: number },
): ClockState {
  requireFinite('deltaMs', deltaMs);
  requirePositive('periodMs', periodMs);
  return { ...rebase(state, atTrueMs), strobe: { sinceTrueMs: atTrueMs, deltaMs, periodMs } };
}

/** The wall shows no second reading any more. */
export function strobeOff(state: ClockState, atTrueMs: number): ClockState {
  return { ...rebase(state, atTrueMs), strobe: null };
}

/**
 * Both clocks gain or lose `byMs` little by little, `ratePpm` of true time, and then run as before
 * exactly. As with adjtime(2), a new slew drops what is left of an earlier one, and 0 just ends it.
 * A frozen wall does not take part: what is worked in meanwhile reaches the monotonic clock only.
 */
export function slew(
  state: ClockState,
  atTrueMs: number,
  { byMs, ratePpm }: { readonly byMs: number; readonly ratePpm: number },
): ClockState {
  requireFinite('byMs', byMs);
  requirePositive('ratePpm', ratePpm);
  if (ratePpm > MAX_DRIFT_PPM) {
    throw new RangeError(`a slew's ratePpm must be at most ${MAX_DRIFT_PPM}, got ${ratePpm}`);
  }
  const now = rebase(state, atTrueMs);
  const slewing = { ...now, slew: byMs === 0 ? null : { remainingMs: byMs, ratePpm } };
  requireForward(slewing);
  return slewing;
}

/**
 * The wall becomes the true wall plus `errorMs`, as after a good or a bad answer from a time
 * server. Freeze, strobe and slew end. The drift stays, for it is in the crystal. The node believes
 * that it is wrong by `boundMs` at most, or by |errorMs| where that is more; to make it believe in
 * a bound that is too small, jump after synchronising.
 */
export function synchronise(
  state: ClockState,
  atTrueMs: number,
  { errorMs = 0, boundMs = 0 }: { readonly errorMs?: number; readonly boundMs?: number } = {},
): ClockState {
  requireFinite('errorMs', errorMs);
  requireFinite('boundMs', boundMs);
  if (boundMs < 0) throw new RangeError(`boundMs must be 0 or more, got ${boundMs}`);
  const now = rebase(state, atTrueMs);
  return {
    ...now,
    wallAdvanceMs: atTrueMs - state.epoch.trueMs + errorMs,
    frozen: false,
    slew: null,
    strobe: null,
    synchronised: {
      trueMs: atTrueMs,
      monotonicMs: now.monotonicMs,
      errorBoundMs: Math.max(Math.abs(errorMs), boundMs),
    },
  };
}

/** RFC 5905, figure 27: STEPT. What is wrong by as much is set at once, less is slewed. */
const stepThresholdMs = 128;
/** RFC 5905, section 12: adjtime() may move a clock by 500 microseconds a second. */
const disciplineSlewPpm = 500;

/**
 * What a time service makes of the offset that it has measured: the clock is moved by `byMs`, slewed
 * where that is below the step threshold (RFC 5905, section 11.3) and in one step otherwise; with
 * `stepMs` 0 always in one step. The measurement may have been wrong by `boundMs`, so that the node
 * takes itself to be wrong by that at most, and by what is still to be slewed.
 *
 * It corrects a reading and repairs no clock: drift, freeze and strobe stay. A slew that would run the
 * clock backward together with its drift is a step.
 */
export function discipline(
  state: ClockState,
  atTrueMs: number,
  correction: { readonly byMs: number; readonly boundMs: number; readonly stepMs?: number },
): ClockState {
  const { byMs, boundMs, stepMs = stepThresholdMs } = correction;
  requireFinite('byMs', byMs);
  if (!(boundMs >= 0 && Number.isFinite(boundMs))) {
    throw new RangeError(`boundMs must be 0 or more, got ${boundMs}`);
  }
  const isStep = Math.abs(byMs) >= stepMs || state.driftPpm - disciplineSlewPpm < -MAX_DRIFT_PPM;
  const moved = isStep
    ? { ...jump(state, atTrueMs, byMs), slew: null }
    : slew(state, atTrueMs, { byMs, ratePpm: disciplineSlewPpm });
  return {
    ...moved,
    synchronised: {
      trueMs: atTrueMs,
      monotonicMs: moved.monotonicMs,
      errorBoundMs: boundMs + (isStep ? 0 : Math.abs(byMs)),
    },
  };
}

/**
 * The wall reads what that of `other` reads, and from now on both clocks run as its do. The monotonic clock
 * continues from what it reads, because it never goes back. What the node knows of its last synchronisation is
 * what it knows on `other`.
 */
export function become(state: ClockState, atTrueMs: number, other: ClockState): ClockState {
  const { monotonicMs } = rebase(state, atTrueMs);
  const now = rebase(other, atTrueMs);
  const { synchronised } = now;
  const sinceSyncMs = now.monotonicMs - synchronised.monotonicMs;
  return {
    ...now,
    monotonicMs,
    synchronised: { ...synchronised, monotonicMs: monotonicMs - sinceSyncMs },
  };
}

/** The same clock, described from a later moment on. */
function rebase(state: ClockState, atTrueMs: number): ClockState {
  requireFinite('the moment of a change', atTrueMs);
  if (atTrueMs < state.sinceTrueMs) {
    throw new RangeError(
      `changes must come in order of true time: ${atTrueMs} is before ${state.sinceTrueMs}`,
    );
  }
  const remainingMs = slewLeft(state, atTrueMs - state.sinceTrueMs);
  return {
    ...state,
    sinceTrueMs: atTrueMs,
    wallAdvanceMs: steadyWallAdvanceAt(state, atTrueMs),
    monotonicMs: monotonicAt(state, atTrueMs),
    slew: state.slew === null || remainingMs === 0 ? null : { ...state.slew, remainingMs },
  };
}

function requireForward({ driftPpm, slew }: ClockState): void {
  if (slew === null || slew.remainingMs > 0 || driftPpm - slew.ratePpm >= -MAX_DRIFT_PPM) return;
  throw new RangeError(
    `a drift of ${driftPpm} ppm and a slew back by ${slew.ratePpm} ppm must stay above -1,000,000 ppm together: time must go forward`,
  );
}

function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value))
    throw new RangeError(`${name} must be a finite number, got ${value}`);
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`${name} must be above 0 and finite, got ${value}`);
  }
}
