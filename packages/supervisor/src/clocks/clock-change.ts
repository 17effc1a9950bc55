/** A change of a clock as it is asked for, applied to the clock's state. Pure. */
import type { AskedOfClock } from '@faultline/actions';
import { type ClockState, type ntp, skewed } from '@faultline/clocks';
import { FaultlineError } from '@faultline/protocol';

type Changes = Partial<Omit<AskedOfClock, 'change'>>;

/**
 * Throws BAD_REQUEST, and has then changed nothing. Changes named together are applied in the order below.
 * `measured`: what the node has found out, where it is to be synchronised.
 */
export function changeClock(
  state: ClockState,
  asked: Changes,
  atTrueMs: number,
  measured?: ntp.Measurement,
): ClockState {
  const { setErrorMs, driftPpm, jumpMs, slew, strobe } = asked;
  try {
    let next = state;
    if (asked.reset) {
      return skewed.drift(skewed.synchronise(next, atTrueMs), atTrueMs, 0);
    }
    if (measured !== undefined) {
      const { offsetMs: byMs, boundMs } = measured;
      // Asked for once, it is to be right at once.
      const threshold = asked.sync?.everyMs === undefined ? { stepMs: 0 } : {};
      next = skewed.discipline(next, atTrueMs, { byMs, boundMs, ...threshold });
    }
    if (setErrorMs !== undefined) {
      next = skewed.synchronise(next, atTrueMs, { errorMs: setErrorMs });
    }
    if (driftPpm !== undefined) next = skewed.drift(next, atTrueMs, driftPpm);
    if (jumpMs !== undefined) next = skewed.jump(next, atTrueMs, jumpMs);
    if (slew !== undefined) next = skewed.slew(next, atTrueMs, slew);
    if (strobe === 'off') next = skewed.strobeOff(next, atTrueMs);
    else if (strobe !== undefined) next = skewed.strobe(next, atTrueMs, strobe);
    if (asked.freeze) next = skewed.freeze(next, atTrueMs);
    if (asked.thaw) next = skewed.thaw(next, atTrueMs);
    return next;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FaultlineError('BAD_REQUEST', error.message, {}, { cause: error });
  }
}

/**
 * A measurement of one state of a clock, for the state that is in force at a later moment: what the
 * clock was moved by in between is no part of its error any more, or has become one.
 */
export function carriedOver(
  measured: ntp.Measurement,
  from: ClockState,
  to: ClockState,
  atTrueMs: number,
): ntp.Measurement {
  if (from === to) return measured;
  const movedMs = skewed.wallAt(to, atTrueMs) - skewed.wallAt(from, atTrueMs);
  return { ...measured, offsetMs: measured.offsetMs - movedMs };
}
