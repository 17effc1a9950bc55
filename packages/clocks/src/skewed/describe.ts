import { slewLeft } from './pace.ts';
import { offsetAt } from './readings.ts';
import type { ClockState } from './state.ts';

/**
 * What is wrong with a clock at a moment, in a few words for a table or a label: `perfect`, `+1h`,
 * `-2m30s, drift 200ppm, frozen`. An offset that rounds to 0 ms is left out.
 */
export function describe(state: ClockState, trueMs: number): string {
  const faults = faultsOf(state, trueMs);
  return faults.length === 0 ? 'perfect' : faults.join(', ');
}

/** Whether nothing is wrong with a clock at a moment, as far as `describe` would say. */
export const isPerfect = (state: ClockState, trueMs: number): boolean =>
  faultsOf(state, trueMs).length === 0;

function faultsOf(state: ClockState, trueMs: number): string[] {
  const faults: string[] = [];
  const offsetMs = offsetAt(state, trueMs);
  if (Math.round(Math.abs(offsetMs)) > 0) faults.push(signed(offsetMs));
  if (state.driftPpm !== 0) faults.push(`drift ${rounded(state.driftPpm)}ppm`);
  if (state.frozen) faults.push('frozen');
  if (state.strobe !== null) {
    faults.push(`strobe ${signed(state.strobe.deltaMs)}/${duration(state.strobe.periodMs)}`);
  }
  const leftMs = slewLeft(state, trueMs - state.sinceTrueMs);
  if (leftMs !== 0 && state.slew !== null) {
    faults.push(`slew ${signed(leftMs)} at ${rounded(state.slew.ratePpm)}ppm`);
  }
  return faults;
}

/** Weather draws rates with sixteen digits; two of them distinguish clocks. */
const rounded = (ppm: number): number =>
  Math.abs(ppm) >= 10 ? Math.round(ppm) : Number(ppm.toPrecision(2));

function signed(ms: number): string {
  return (ms < 0 ? '-' : '+') + duration(Math.abs(ms));
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** The two largest units that matter: `1d2h`, `2m30s`, `1.25s`, `40ms`. */
function duration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)}ms`;
  if (Math.round(ms) < 60_000) return `${Number((ms / 1000).toFixed(3))}s`;
  const smallestMs = ms < 3_600_000 ? 1000 : ms < 86_400_000 ? 60_000 : 3_600_000;
  let leftMs = Math.round(ms / smallestMs) * smallestMs;
  let text = '';
  for (const [unit, unitMs] of UNITS) {
    const whole = Math.floor(leftMs / unitMs);
    if (whole > 0) text += `${whole}${unit}`;
    leftMs -= whole * unitMs;
  }
  return leftMs > 0 ? `${text}${leftMs / 1000}s` : text;
}
