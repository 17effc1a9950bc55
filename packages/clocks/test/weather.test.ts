import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { type ClockState, forecast, interval, skewed, type Weather } from '../src/index.ts';
import { EPOCH } from './helpers/changes.ts';

/** Numbers that look random, from a seed, a change and a draw. */
const drawsOf =
  (seed: number) =>
  (change: number, which: number): number => {
    let x = Math.imul(seed ^ Math.imul(change + 1, 0x9e3779b1), 0x85ebca6b) ^ (which + 1);
    for (let i = 0; i < 3; i++) x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d + i);
    return (x >>> 0) / 2 ** 32;
  };

interface Held {
  readonly fromMs: number;
  readonly state: ClockState;
}

/** The states that a clock goes through in this weather during this time. */
function career(weather: Weather, seed: number, forMs: number, before?: ClockState): Held[] {
  const states: Held[] = [];
  let state = before ?? skewed.perfect(EPOCH);
  const beganMs = state.sinceTrueMs;
  for (const { afterMs, apply } of forecast(weather, drawsOf(seed))) {
    if (afterMs > forMs) break;
    state = apply(state, beganMs + afterMs);
    states.push({ fromMs: beganMs + afterMs, state });
  }
  return states;
}

/** Each state of a career, a little before its end. */
const ends = (states: readonly Held[], forMs: number): [ClockState, number][] =>
  states.map(({ state }, i) => [state, (states[i + 1]?.fromMs ?? EPOCH.trueMs + forMs) - 1e-6]);

const seeds = fc.integer();
const hourMs = 3_600_000;

const weathers: readonly Weather[] = [
  { kind: 'perfect' },
  { kind: 'ntp', errorMs: 5, everyMs: 16_000 },
  { kind: 'drifting', ppm: 100 },
  { kind: 'jumping', byMs: 3000, everyMs: 20_000 },
  { kind: 'frozen' },
  { kind: 'leap', inMs: 10_000, smearMs: null },
  { kind: 'leap', inMs: 10_000, smearMs: 60_000 },
];

describe.each(weathers)('%j', (weather) => {
  test('is the same for the same draws, ordered by time, and begins at once', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const states = career(weather, seed, hourMs);
        expect(states).toEqual(career(weather, seed, hourMs));
        expect(states[0]!.fromMs).toBe(EPOCH.trueMs);
        const times = states.map(({ fromMs }) => fromMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }),
      { numRuns: draws(20) },
    );
  });

  test('does not depend on what the clock was before', () => {
    const bent = skewed.drift(
      skewed.freeze(skewed.jump(skewed.perfect(EPOCH), EPOCH.trueMs, 1e6), EPOCH.trueMs),
      EPOCH.trueMs,
      5000,
    );
    expect(career(weather, 1, hourMs, bent)).toEqual(career(weather, 1, hourMs));
  });
});

describe('ntp', () => {
  const weather: Weather = { kind: 'ntp', errorMs: 5, everyMs: 16_000 };

  test('is never wrong by more than its error, and the interval of the node always contains the truth', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const [state, atMs] of ends(career(weather, seed, hourMs), hourMs)) {
          expect(Math.abs(skewed.offsetAt(state, atMs))).toBeLessThanOrEqual(5);
          const { earliestMs, latestMs } = skewed.intervalAt(state, atMs);
          const truth = skewed.trueWallAt(state, atMs);
          expect(
            interval.overlaps({ earliestMs, latestMs }, { earliestMs: truth, latestMs: truth }),
          ).toBe(true);
        }
      }),
      { numRuns: draws(30) },
    );
  });

  test('slews: the wall never goes back', () => {
    const states = career(weather, 3, hourMs);
    for (const [i, { fromMs, state }] of states.entries()) {
      if (i === 0) continue;
      const before = skewed.wallAt(states[i - 1]!.state, fromMs);
      expect(skewed.wallAt(state, fromMs)).toBeCloseTo(before, 3);
    }
    expect(states.length).toBeGreaterThan(200);
  });

  test('brings a wall that was moved by hand back, in one step', () => {
    const changes = forecast(weather, drawsOf(1));
    const first = changes.next().value!.apply(skewed.perfect(EPOCH), EPOCH.trueMs);
    const moved = skewed.jump(first, EPOCH.trueMs + 1000, 60_000);
    const { afterMs, apply } = changes.next().value!;
    const back = apply(moved, EPOCH.trueMs + afterMs);
    expect(Math.abs(skewed.offsetAt(back, EPOCH.trueMs + afterMs))).toBeLessThanOrEqual(5);
  });
});

test('drifting nodes drift by 1 ppm up to the limit, some fast and some slow', () => {
  const drifts = Array.from({ length: 1000 }, (_, seed) => {
    const [{ state }] = career({ kind: 'drifting', ppm: 50 }, seed, 0) as [Held];
    return state.driftPpm;
  });
  const sizes = drifts.map(Math.abs);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
  // A mean of 25.5 with a standard deviation of 14.1 / sqrt(1000); five of those.
  expect(Math.abs(sizes.reduce((a, b) => a + b) / 1000 - 25.5)).toBeLessThan(2.3);
  const fast = drifts.filter((ppm) => ppm > 0).length;
  expect(Math.abs(fast - 500)).toBeLessThan(80);
});

test('jumping clocks stay within their limit, and jump as often as they should', () => {
  const weather: Weather = { kind: 'jumping', byMs: 3000, everyMs: 20_000 };
  let jumps = 0;
  for (let seed = 0; seed < 20; seed++) {
    const states = career(weather, seed, hourMs);
    jumps += states.length - 1;
    for (const [state, atMs] of ends(states, hourMs)) {
      expect(Math.abs(skewed.offsetAt(state, atMs))).toBeLessThanOrEqual(3000 + 1e-6);
    }
  }
  // 20 hours at 180 an hour: Poisson with mean 3600 and standard deviation 60; five of those.
  expect(Math.abs(jumps - 3600)).toBeLessThan(300);
});

test('a repeated leap second is read twice, and a smeared one never goes back', () => {
  const leap = (smearMs: number | null) => {
    const states = career({ kind: 'leap', inMs: 10_000, smearMs }, 1, hourMs);
    return (afterMs: number): number => {
      const atMs = EPOCH.trueMs + afterMs;
      const { state } = states.findLast(({ fromMs }) => fromMs <= atMs)!;
      return skewed.wallAt(state, atMs) - EPOCH.wallMs;
    };
  };
  const repeated = leap(null);
  expect([repeated(9999), repeated(10_000), repeated(11_000)]).toEqual([9999, 9000, 10_000]);
  const smeared = leap(60_000);
  expect(smeared(10_000)).toBeCloseTo(10_000, 3);
  expect(smeared(40_000)).toBeCloseTo(39_500, 3);
  expect(smeared(70_000)).toBeCloseTo(69_000, 3);
  expect(smeared(hourMs)).toBeCloseTo(hourMs - 1000, 3);
  for (let ms = 9000; ms < 80_000; ms += 100)
    expect(smeared(ms + 100)).toBeGreaterThan(smeared(ms));
});

describe('discipline', () => {
  const start = skewed.perfect(EPOCH);
  const at = EPOCH.trueMs + 1000;

  test('slews small offsets: the wall is continuous, and correct in the end', () => {
    const slewing = skewed.discipline(start, at, { byMs: 100, boundMs: 3 });
    expect(skewed.offsetAt(slewing, at)).toBeCloseTo(0, 6);
    expect(skewed.offsetAt(slewing, at + 100_000)).toBeCloseTo(50, 3);
    expect(skewed.offsetAt(slewing, at + 200_000)).toBeCloseTo(100, 3);
    expect(slewing.synchronised.errorBoundMs).toBe(103);
  });

  test.each([128, -128, 3_600_000])(
    'steps by %d ms at once, and trusts what it measured',
    (byMs) => {
      const stepped = skewed.discipline(start, at, { byMs, boundMs: 3 });
      expect(skewed.offsetAt(stepped, at)).toBeCloseTo(byMs, 6);
      expect(stepped.synchronised).toMatchObject({ trueMs: at, errorBoundMs: 3 });
    },
  );

  test('with a threshold of 0 steps by any offset', () => {
    const stepped = skewed.discipline(start, at, { byMs: 0.5, boundMs: 3, stepMs: 0 });
    expect(skewed.offsetAt(stepped, at)).toBeCloseTo(0.5, 6);
  });

  test('leaves drift, freeze and strobe as they are, and drops an earlier slew', () => {
    let bent = skewed.slew(skewed.drift(start, at, 50), at, { byMs: 1000, ratePpm: 500 });
    bent = skewed.strobe(skewed.freeze(bent, at), at, { deltaMs: 200, periodMs: 1000 });
    const stepped = skewed.discipline(bent, at, { byMs: 500, boundMs: 0 });
    expect(stepped).toMatchObject({ driftPpm: 50, frozen: true, slew: null });
    expect(stepped.strobe).not.toBeNull();
  });

  test('rejects an invalid bound', () => {
    expect(() => skewed.discipline(start, at, { byMs: 1, boundMs: -1 })).toThrow(RangeError);
    expect(() => skewed.discipline(start, at, { byMs: Number.NaN, boundMs: 1 })).toThrow(
      RangeError,
    );
  });
});
