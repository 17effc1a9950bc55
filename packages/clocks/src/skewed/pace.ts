import type { ClockState } from './state.ts';

/**
 * How far a clock goes in a span of true time, and back: drift and slew, the two faults that wall
 * and monotonic share.
 *
 * Both functions are piecewise linear with a bend where the slew ends. Each segment multiplies by
 * one positive rate and the segments meet in one number, so that the advance never falls, not even
 * by the last bit of a float64. Before the state began, its drift is extended and its slew is not.
 */
export function advanceIn(state: ClockState, elapsedMs: number): number {
  const rate = rateOf(state);
  if (state.slew === null || elapsedMs <= 0) return elapsedMs * rate;
  const slewingMs = slewingFor(state);
  const atBendMs = slewingMs * rate + state.slew.remainingMs;
  if (elapsedMs >= slewingMs) return atBendMs + (elapsedMs - slewingMs) * rate;
  return Math.min(atBendMs, elapsedMs * (rate + slewRateOf(state)));
}

/** The inverse: the true time in which the clock advances by `advanceMs`. */
export function elapsedFor(state: ClockState, advanceMs: number): number {
  const rate = rateOf(state);
  if (state.slew === null || advanceMs <= 0) return advanceMs / rate;
  const slewingMs = slewingFor(state);
  const atBendMs = slewingMs * rate + state.slew.remainingMs;
  if (advanceMs >= atBendMs) return slewingMs + (advanceMs - atBendMs) / rate;
  return Math.min(slewingMs, advanceMs / (rate + slewRateOf(state)));
}

/** What the slew has still to work in after `elapsedMs`; 0 when it is done or there is none. */
export function slewLeft(state: ClockState, elapsedMs: number): number {
  if (state.slew === null) return 0;
  const { remainingMs } = state.slew;
  const leftMs = remainingMs - Math.max(0, elapsedMs) * slewRateOf(state);
  // Past its end the slew would continue in the other direction.
  return Math.sign(leftMs) === Math.sign(remainingMs) ? leftMs : 0;
}

function rateOf(state: ClockState): number {
  return 1 + state.driftPpm / 1e6;
}

/** Signed, and 0 without a slew. */
function slewRateOf({ slew }: ClockState): number {
  return slew === null ? 0 : (Math.sign(slew.remainingMs) * slew.ratePpm) / 1e6;
}

/** True time until the slew ends. */
function slewingFor({ slew }: ClockState): number {
  return slew === null ? 0 : (Math.abs(slew.remainingMs) * 1e6) / slew.ratePpm;
}
