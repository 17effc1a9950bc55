/** A change of a clock as it is asked for, applied to the clock's state. Pure. */
import type { AskedOfClock } from '@faultline/actions';
import { type ClockState, type ntp, skewed } from '@faultline/clocks';
import { FaultlineError } from '@faultline/protocol';

type Changes = Partial<Omit<AskedOfClock, 'change'>>;

export interface OptionStep {
  readonly option: keyof AskedOfClock['change'];
  readonly apply: (state: ClockState, atMs: number) => ClockState;
}

/** What a synchronization leaves wrong: the error of what the node measured. */
export interface Synced {
  readonly errorMs: number;
  readonly boundMs: number;
}

/**
 * Throws BAD_REQUEST, and has then changed nothing. `measured`: what the node has found out, where it is to
 * be synchronised.
 */
export function changeClock(
  state: ClockState,
  asked: Changes,
  atTrueMs: number,
  measured?: ntp.Measurement,
): ClockState {
  if (asked.reset) return skewed.drift(skewed.synchronise(state, atTrueMs), atTrueMs, 0);
  const synced = measured && syncedBy(measured, state, atTrueMs);
  return afterSteps(state, stepsOf(asked, synced), atTrueMs);
}

export const syncedBy = (
  { offsetMs, boundMs }: ntp.Measurement,
  state: ClockState,
  atTrueMs: number,
): Synced => ({ errorMs: skewed.offsetAt(state, atTrueMs) + offsetMs, boundMs });

/** Throws BAD_REQUEST for what cannot be done to this clock. */
export function afterSteps(
  state: ClockState,
  steps: readonly OptionStep[],
  atTrueMs: number,
): ClockState {
  try {
    return steps.reduce((next, { apply }) => apply(next, atTrueMs), state);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FaultlineError('BAD_REQUEST', error.message, {}, { cause: error });
  }
}

/** What is asked for as steps, each of one option, in the order in which they are made. */
export function stepsOf(asked: Changes, synced?: Synced): OptionStep[] {
  const { sync, setErrorMs, driftPpm, jumpMs, slew, strobe } = asked;
  const steps: OptionStep[] = [];
  const step = (option: OptionStep['option'], apply: OptionStep['apply']): void => {
    steps.push({ option, apply });
  };
  if (sync !== undefined)
    step('sync', synced === undefined ? (state) => state : correct(sync, synced));
  if (setErrorMs !== undefined) {
    step('setError', (state, atMs) => skewed.synchronise(state, atMs, { errorMs: setErrorMs }));
  }
  if (driftPpm !== undefined) step('drift', (state, atMs) => skewed.drift(state, atMs, driftPpm));
  if (jumpMs !== undefined) step('jump', (state, atMs) => skewed.jump(state, atMs, jumpMs));
  if (slew !== undefined) step('slew', (state, atMs) => skewed.slew(state, atMs, slew));
  if (strobe === 'off') step('strobe', skewed.strobeOff);
  else if (strobe !== undefined)
    step('strobe', (state, atMs) => skewed.strobe(state, atMs, strobe));
  if (asked.freeze) step('freeze', skewed.freeze);
  if (asked.thaw) step('thaw', skewed.thaw);
  return steps;
}

/** A clock that is wrong otherwise would have been corrected otherwise, with the same error. */
function correct(
  { everyMs }: NonNullable<Changes['sync']>,
  { errorMs, boundMs }: Synced,
): OptionStep['apply'] {
  // Asked for once, it is to be right at once.
  const threshold = everyMs === undefined ? { stepMs: 0 } : {};
  return (state, atMs) => {
    const byMs = errorMs - skewed.offsetAt(state, atMs);
    return skewed.discipline(state, atMs, { byMs, boundMs, ...threshold });
  };
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
