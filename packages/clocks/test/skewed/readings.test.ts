import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { skewed } from '../../src/index.ts';
import { careers, careersOf, EPOCH, reference, stateAfter } from '../helpers/changes.ts';

const later = fc.oneof(
  fc.double({ min: 0, max: 1e7, noNaN: true }),
  fc.double({ min: 0, max: 100, noNaN: true }),
);

test('changing a clock step by step reads the same as adding up its whole history', () => {
  fc.assert(
    fc.property(careers, later, (steps, laterMs) => {
      const state = stateAfter(steps);
      const trueMs = state.sinceTrueMs + laterMs;
      const expected = reference(steps, trueMs);
      expect(skewed.monotonicAt(state, trueMs)).toBeCloseTo(expected.monotonicMs, 4);
      expect(skewed.offsetAt(state, trueMs)).toBeCloseTo(expected.offsetMs, 4);
    }),
    { numRuns: draws(1000) },
  );
});

test('the offset is the wall less the true wall', () => {
  fc.assert(
    fc.property(careers, later, (steps, laterMs) => {
      const state = stateAfter(steps);
      const trueMs = state.sinceTrueMs + laterMs;
      const difference = skewed.wallAt(state, trueMs) - skewed.trueWallAt(state, trueMs);
      // Two walls of today, each rounded to a quarter of a microsecond.
      expect(Math.abs(skewed.offsetAt(state, trueMs) - difference)).toBeLessThan(1e-3);
    }),
  );
});

test('before a state began its drift is extended, its slew and its strobe are not', () => {
  const drifting = skewed.drift(skewed.perfect(EPOCH), EPOCH.trueMs + 1000, 100_000);
  const slewing = skewed.slew(drifting, EPOCH.trueMs + 1000, { byMs: 5, ratePpm: 500_000 });
  const state = skewed.strobe(slewing, EPOCH.trueMs + 1000, { deltaMs: 70, periodMs: 10 });
  for (const earlierMs of [1, 4, 9, 100]) {
    const trueMs = EPOCH.trueMs + 1000 - earlierMs;
    expect(skewed.monotonicAt(state, trueMs)).toBeCloseTo(1000 - earlierMs * 1.1, 6);
    expect(skewed.offsetAt(state, trueMs)).toBeCloseTo(-earlierMs * 0.1, 6);
    expect(skewed.trueDelayFor(state, trueMs, earlierMs * 1.1)).toBeCloseTo(earlierMs, 6);
    expect(skewed.trueDelayFor(state, trueMs, earlierMs * 0.11)).toBeCloseTo(earlierMs * 0.1, 6);
  }
});

describe('the true delay for a monotonic delay', () => {
  test('is the inverse of the monotonic clock', () => {
    fc.assert(
      fc.property(careers, later, later, (steps, laterMs, delayMs) => {
        const state = stateAfter(steps);
        const trueMs = state.sinceTrueMs + laterMs;
        const readAt = (ms: number) =>
          skewed.monotonicAt(state, ms) - skewed.monotonicAt(state, trueMs);
        expect(readAt(trueMs + skewed.trueDelayFor(state, trueMs, delayMs))).toBeCloseTo(
          delayMs,
          5,
        );
        expect(skewed.trueDelayFor(state, trueMs, readAt(trueMs + delayMs))).toBeCloseTo(
          delayMs,
          5,
        );
      }),
      { numRuns: draws(1000) },
    );
  });

  test('holds across the end of a slew', () => {
    // For 1000 ms of true time the clock runs at half speed; then it is as fast as true time.
    const state = skewed.slew(skewed.perfect(EPOCH), EPOCH.trueMs, {
      byMs: -500,
      ratePpm: 500_000,
    });
    expect(skewed.trueDelayFor(state, EPOCH.trueMs, 100)).toBe(200);
    expect(skewed.trueDelayFor(state, EPOCH.trueMs, 500)).toBe(1000);
    expect(skewed.trueDelayFor(state, EPOCH.trueMs, 700)).toBe(1200);
    expect(skewed.trueDelayFor(state, EPOCH.trueMs + 800, 200)).toBe(300);
    expect(skewed.trueDelayFor(state, EPOCH.trueMs + 1000, 200)).toBe(200);
  });

  test('is 0 for a delay that is over, and rejects a delay that is not a number', () => {
    const state = skewed.perfect(EPOCH);
    expect(skewed.trueDelayFor(state, EPOCH.trueMs, -5)).toBe(0);
    expect(skewed.trueDelayFor(state, EPOCH.trueMs, 0)).toBe(0);
    expect(() => skewed.trueDelayFor(state, EPOCH.trueMs, Number.NaN)).toThrow(RangeError);
  });
});

describe('the interval that a node believes in', () => {
  const honestCareers = careersOf(
    fc.oneof(
      fc.record({
        kind: fc.constant('drift' as const),
        ppm: fc.oneof(fc.double({ min: -200, max: 200, noNaN: true }), fc.constantFrom(-200, 200)),
      }),
      fc.record({
        kind: fc.constant('synchronise' as const),
        errorMs: fc.double({ min: -1000, max: 1000, noNaN: true }),
        boundMs: fc.double({ min: 0, max: 1000, noNaN: true }),
      }),
    ),
  );

  test('contains the true wall while the drift is within the bound and there is no other fault', () => {
    fc.assert(
      fc.property(honestCareers, fc.double({ min: 0, max: 1e9, noNaN: true }), (steps, laterMs) => {
        const state = stateAfter(steps);
        const trueMs = state.sinceTrueMs + laterMs;
        const { earliestMs, latestMs } = skewed.intervalAt(state, trueMs);
        const trueWallMs = skewed.trueWallAt(state, trueMs);
        const resolutionMs = 1e-3;
        expect(earliestMs).toBeLessThanOrEqual(trueWallMs + resolutionMs);
        expect(latestMs).toBeGreaterThanOrEqual(trueWallMs - resolutionMs);
      }),
      { numRuns: draws(1000) },
    );
  });

  test.each([
    { errorMs: 3, boundMs: 10, width: 20 },
    { errorMs: -30, boundMs: 10, width: 60 },
    { errorMs: 0, boundMs: 0, width: 0 },
  ])('starts from the larger of error $errorMs and bound $boundMs', ({ width, ...sync }) => {
    const state = skewed.synchronise(skewed.perfect(EPOCH), EPOCH.trueMs + 5000, sync);
    const { earliestMs, latestMs } = skewed.intervalAt(state, EPOCH.trueMs + 5000);
    expect(latestMs - earliestMs).toBeCloseTo(width, 3);
    expect((latestMs + earliestMs) / 2).toBeCloseTo(EPOCH.wallMs + 5000 + sync.errorMs, 3);
  });

  test('misses the true wall after a jump, because the node does not know of it', () => {
    const state = skewed.jump(skewed.perfect(EPOCH), EPOCH.trueMs, 1000);
    const trueMs = EPOCH.trueMs + 60_000;
    expect(skewed.intervalAt(state, trueMs).earliestMs).toBeGreaterThan(
      skewed.trueWallAt(state, trueMs),
    );
  });

  test('misses the true wall only when the drift exceeds the assumed bound', () => {
    const state = skewed.drift(skewed.perfect(EPOCH), EPOCH.trueMs, -400);
    const trueMs = EPOCH.trueMs + 60_000;
    const trueWallMs = skewed.trueWallAt(state, trueMs);
    expect(skewed.intervalAt(state, trueMs).latestMs).toBeLessThan(trueWallMs);
    const careful = skewed.intervalAt(state, trueMs, { assumedDriftPpm: 400 });
    expect(careful.latestMs).toBeGreaterThanOrEqual(trueWallMs - 1e-3);
  });
});
