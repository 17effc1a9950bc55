/** Applies a requested change to a clock's state. Pure. */
import type { ClockRequest } from '@faultline/actions';
import { type ClockState, type ntp, skewed } from '@faultline/clocks';
import { FaultlineError } from '@faultline/protocol';

type Changes = Partial<Omit<ClockRequest, 'change'>>;

export interface OptionStep {
  readonly option: keyof ClockRequest['change'];
  readonly apply: (state: ClockState, atMs: number) => ClockState;
}

/** The remaining error of a synchronized clock: the error of the node's measurement. */
export interface Synced {
  readonly errorMs: number;
  readonly boundMs: number;
}

/**
 * Throws BAD_REQUEST without changing anything. `measured`: the node's measurement, for a
 * synchronization.
 */
export function changeClock(
  state: ClockState,
  request: Changes,
  atTrueMs: number,
  measured?: ntp.Measurement,
): ClockState {
  if (request.reset) return skewed.drift(skewed.synchronise(state, atTrueMs), atTrueMs, 0);
  const synced = measured && syncedBy(measured, state, atTrueMs);
  return afterSteps(state, stepsOf(request, synced), atTrueMs);
}

export const syncedBy = (
  { offsetMs, boundMs }: ntp.Measurement,
  state: ClockState,
  atTrueMs: number,
): Synced => ({ errorMs: skewed.offsetAt(state, atTrueMs) + offsetMs, boundMs });

/** Throws BAD_REQUEST if a step is impossible for this clock. */
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

/** The requested change as steps, one per option, in the order of execution. */
export function stepsOf(request: Changes, synced?: Synced): OptionStep[] {
  const { sync, setErrorMs, driftPpm, jumpMs, slew, strobe } = request;
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
  if (request.freeze) step('freeze', skewed.freeze);
  if (request.thaw) step('thaw', skewed.thaw);
  return steps;
}

/** The correction depends on the clock's state, so that it always leaves the same error. */
function correct(
  { everyMs }: NonNullable<Changes['sync']>,
  { errorMs, boundMs }: Synced,
): OptionStep['apply'] {
  // A single synchronization corrects the clock at once.
  const threshold = everyMs === undefined ? { stepMs: 0 } : {};
  return (state, atMs) => {
    const byMs = errorMs - skewed.offsetAt(state, atMs);
    return skewed.discipline(state, atMs, { byMs, boundMs, ...threshold });
  };
}

/**
 * Converts a measurement of one state of a clock to the state in force at a later moment: subtracts the
 * amount by which the clock was moved in between.
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
