/** A change of a clock as it is asked for, applied to the clock's state. Pure. */
import { type ClockState, type ntp, skewed } from '@faultline/clocks';
import { type ClockChange, FaultlineError, parseDuration, parsePpm } from '@faultline/protocol';

const defaultSlewPpm = 500;

/** What one command may not name together, and what to do instead. */
const contradictions: readonly (readonly [keyof ClockChange, keyof ClockChange, string])[] = [
  ['freeze', 'thaw', 'a clock stands still or goes on: name one of them'],
  ['freeze', 'strobe', 'a clock that stands still does not flip: name one of them'],
  ['sync', 'setError', 'an error is either measured or set: name one of them'],
];

/**
 * Throws BAD_DURATION, BAD_PERCENT, BAD_REQUEST, and has then changed nothing. Changes named together
 * are applied in the order below. `measured`: what the node has found out, where it is to be
 * synchronised.
 */
export function changeClock(
  state: ClockState,
  change: ClockChange,
  atTrueMs: number,
  measured?: ntp.Measurement,
): ClockState {
  requireConsistent(change);
  try {
    let next = state;
    if (change.reset) {
      return skewed.drift(skewed.synchronise(next, atTrueMs), atTrueMs, 0);
    }
    if (measured !== undefined) {
      const { offsetMs: byMs, boundMs } = measured;
      // Asked for once, it is to be right at once.
      const threshold = change.sync?.every === undefined ? { stepMs: 0 } : {};
      next = skewed.discipline(next, atTrueMs, { byMs, boundMs, ...threshold });
    }
    if (change.setError !== undefined) {
      next = skewed.synchronise(next, atTrueMs, { errorMs: parseDuration(change.setError) });
    }
    if (change.drift !== undefined) next = skewed.drift(next, atTrueMs, parsePpm(change.drift));
    if (change.jump !== undefined) next = skewed.jump(next, atTrueMs, parseDuration(change.jump));
    if (change.slew) {
      next = skewed.slew(next, atTrueMs, {
        byMs: parseDuration(change.slew.by),
        ratePpm: change.slew.rate === undefined ? defaultSlewPpm : parsePpm(change.slew.rate),
      });
    }
    if (change.strobe === 'off') next = skewed.strobeOff(next, atTrueMs);
    else if (change.strobe) {
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

function requireConsistent(change: ClockChange): void {
  const named = (Object.keys(change) as (keyof ClockChange)[]).filter(
    (name) => change[name] !== undefined && change[name] !== false,
  );
  const found = contradictions.find(([one, other]) => named.includes(one) && named.includes(other));
  if (found !== undefined) {
    const [one, other, says] = found;
    throw new FaultlineError('BAD_REQUEST', `${one} and ${other} contradict each other: ${says}`, {
      settings: [one, other],
    });
  }
  const whole = (['reset', 'weather'] as const).find((name) => named.includes(name));
  const others = named.filter((name) => name !== whole);
  if (whole !== undefined && others.length > 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `${whole} begins with a perfect clock and takes nothing beside it: ${whole} first, then ${others.join(', ')}`,
      { settings: named },
    );
  }
}
