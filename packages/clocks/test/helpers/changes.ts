import fc from 'fast-check';
import { type ClockState, type Epoch, skewed } from '../../src/index.ts';

/** Random careers of a clock, and an independent account of what it must have read. */
export type Change =
  | { readonly kind: 'jump'; readonly deltaMs: number }
  | { readonly kind: 'drift'; readonly ppm: number }
  | { readonly kind: 'freeze' | 'thaw' | 'strobeOff' }
  | { readonly kind: 'strobe'; readonly deltaMs: number; readonly periodMs: number }
  | { readonly kind: 'slew'; readonly byMs: number; readonly ratePpm: number }
  | { readonly kind: 'synchronise'; readonly errorMs: number; readonly boundMs: number };

export interface Step {
  readonly atTrueMs: number;
  readonly change: Change;
}

export const EPOCH: Epoch = { trueMs: 5_000_000.25, wallMs: 1_736_942_400_000 };

export const amount = fc.double({ min: -5e6, max: 5e6, noNaN: true });

const gap = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.double({ min: 0, max: 10, noNaN: true }),
  fc.constant(0),
);

/** Slew and drift together never reach -1,000,000 ppm here, so every change is a legal one. */
export const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('jump' as const), deltaMs: amount }),
  fc.record({
    kind: fc.constant('drift' as const),
    ppm: fc.double({ min: -900_000, max: 900_000, noNaN: true }),
  }),
  fc.record({ kind: fc.constantFrom('freeze' as const, 'thaw' as const, 'strobeOff' as const) }),
  fc.record({
    kind: fc.constant('strobe' as const),
    deltaMs: amount,
    periodMs: fc.double({ min: 1, max: 1e5, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('slew' as const),
    byMs: fc.double({ min: -2000, max: 2000, noNaN: true }),
    ratePpm: fc.double({ min: 100, max: 90_000, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('synchronise' as const),
    errorMs: fc.double({ min: -1000, max: 1000, noNaN: true }),
    boundMs: fc.double({ min: 0, max: 1000, noNaN: true }),
  }),
);

export function careersOf(changes: fc.Arbitrary<Change>): fc.Arbitrary<readonly Step[]> {
  return fc.array(fc.tuple(gap, changes), { maxLength: 12 }).map((drafts) => {
    let atTrueMs = EPOCH.trueMs;
    return drafts.map(([gapMs, change]) => {
      atTrueMs += gapMs;
      return { atTrueMs, change };
    });
  });
}

export const careers = careersOf(change);

export function apply(state: ClockState, { atTrueMs, change }: Step): ClockState {
  switch (change.kind) {
    case 'jump':
      return skewed.jump(state, atTrueMs, change.deltaMs);
    case 'drift':
      return skewed.drift(state, atTrueMs, change.ppm);
    case 'strobe':
      return skewed.strobe(state, atTrueMs, change);
    case 'slew':
      return skewed.slew(state, atTrueMs, change);
    case 'synchronise':
      return skewed.synchronise(state, atTrueMs, change);
    default:
      return skewed[change.kind](state, atTrueMs);
  }
}

export function stateAfter(steps: readonly Step[]): ClockState {
  return steps.reduce(apply, skewed.perfect(EPOCH));
}

/** The moments at which something may go wrong between two changes, both of them included. */
export function momentsIn(state: ClockState, untilTrueMs: number): number[] {
  const since = state.sinceTrueMs;
  const moments = [since, untilTrueMs];
  for (let part = 1; part < 8; part++) moments.push(since + ((untilTrueMs - since) * part) / 8);
  if (state.slew !== null) {
    const endMs = since + (Math.abs(state.slew.remainingMs) * 1e6) / state.slew.ratePpm;
    for (const step of [-1e-3, -1e-6, 1e-6, 1e-3]) moments.push(endMs + step);
    // Down to neighbouring float64 values, which near the epoch lie 2^-30 ms apart.
    for (let bits = -8; bits <= 8; bits++) moments.push(endMs + bits * 2 ** -30);
  }
  return moments.filter((ms) => ms >= since && ms <= untilTrueMs).sort((a, b) => a - b);
}

/**
 * What the clocks must read, computed in another way than the code does: no state is rebased. The
 * whole history is cut at every change and at the end of every slew, and the segments are added up.
 */
export function reference(steps: readonly Step[], trueMs: number) {
  const slewEnd = (step: Step) =>
    step.change.kind === 'slew'
      ? step.atTrueMs + (Math.abs(step.change.byMs) / step.change.ratePpm) * 1e6
      : step.atTrueMs;
  const cuts = [EPOCH.trueMs, trueMs, ...steps.flatMap((s) => [s.atTrueMs, slewEnd(s)])]
    .filter((ms) => ms <= trueMs)
    .sort((a, b) => a - b);

  let monotonicMs = 0;
  let wallAdvanceMs = 0;
  let ppm = 0;
  let frozen = false;
  let slew: Step | null = null;
  let strobe: Step | null = null;
  const flip = (ms: number) => {
    if (strobe?.change.kind !== 'strobe') return 0;
    const halves = Math.floor((ms - strobe.atTrueMs) / (strobe.change.periodMs / 2));
    return halves % 2 === 1 ? strobe.change.deltaMs : 0;
  };
  const pending = [...steps];
  cuts.forEach((cut, i) => {
    while (pending.length > 0 && pending[0]!.atTrueMs <= cut) {
      const step = pending.shift()!;
      const { change } = step;
      if (change.kind === 'jump') wallAdvanceMs += change.deltaMs;
      if (change.kind === 'drift') ppm = change.ppm;
      if (change.kind === 'slew') slew = step;
      if (change.kind === 'synchronise') {
        wallAdvanceMs = step.atTrueMs - EPOCH.trueMs + change.errorMs;
        slew = null;
      }
      if (change.kind === 'freeze') wallAdvanceMs += flip(step.atTrueMs);
      if (change.kind === 'strobe') strobe = step;
      if (['freeze', 'synchronise', 'strobeOff'].includes(change.kind)) strobe = null;
      if (change.kind === 'freeze') frozen = true;
      if (['thaw', 'synchronise'].includes(change.kind)) frozen = false;
    }
    const spanMs = (cuts[i + 1] ?? trueMs) - cut;
    let gainPpm = ppm;
    if (slew?.change.kind === 'slew' && cut < slewEnd(slew)) {
      gainPpm += Math.sign(slew.change.byMs) * slew.change.ratePpm;
    }
    const advanceMs = spanMs + (spanMs * gainPpm) / 1e6;
    monotonicMs += advanceMs;
    if (!frozen) wallAdvanceMs += advanceMs;
  });
  return { monotonicMs, offsetMs: wallAdvanceMs + flip(trueMs) - (trueMs - EPOCH.trueMs) };
}
