/** A change of a clock as it is asked for, applied to the clock's state. Pure. */
import { type ClockState, skewed } from '@faultline/clocks';
import { type ClockChange, FaultlineError, parseDuration, parsePpm } from '@faultline/protocol';

const defaultSlewPpm = 500;

/** Throws BAD_DURATION, BAD_REQUEST. Changes named together are applied in the order below. */
export function changeClock(state: ClockState, change: ClockChange, atTrueMs: number): ClockState {
  if (change.freeze && change.thaw) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'freeze and thaw contradict each other: name one of them',
    );
  }
  if (change.reset && Object.keys(change).length > 1) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'reset makes the clock perfect: it takes no other change beside it',
    );
  }
  try {
    let next = state;
    if (change.reset) {
      const cleared = skewed.drift(skewed.synchronise(next, atTrueMs), atTrueMs, 0);
      return cleared;
    }
    if (change.sync)
      next = skewed.synchronise(next, atTrueMs, {
        errorMs: parseDuration(change.sync.error ?? '0'),
      });
    if (change.drift !== undefined) next = skewed.drift(next, atTrueMs, parsePpm(change.drift));
    if (change.jump !== undefined) next = skewed.jump(next, atTrueMs, parseDuration(change.jump));
    if (change.slew) {
      next = skewed.slew(next, atTrueMs, {
        byMs: parseDuration(change.slew.by),
        ratePpm: change.slew.rate === undefined ? defaultSlewPpm : parsePpm(change.slew.rate),
      });
    }
    if (change.strobe) {
      next = skewed.strobe(next, atTrueMs, {
        deltaMs: parseDuration(change.strobe.delta),
        periodMs: parseDuration(change.strobe.period),
      });
    }
    if (change.freeze) next = skewed.freeze(next, atTrueMs);
    if (change.thaw) next = skewed.thaw(next, atTrueMs);
    return next;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FaultlineError('BAD_REQUEST', error.message, {}, { cause: error });
  }
}
