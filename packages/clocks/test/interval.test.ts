import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Interval, interval } from '../src/index.ts';

const intervals: fc.Arbitrary<Interval> = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.nat({ max: 8 }))
  .map(([earliestMs, widthMs]) => ({ earliestMs, latestMs: earliestMs + widthMs }));

test('of two intervals exactly one holds: before, after, or overlap', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      const held = [
        interval.definitelyBefore(a, b),
        interval.definitelyAfter(a, b),
        interval.overlaps(a, b),
      ].filter(Boolean);
      expect(held).toHaveLength(1);
    }),
  );
});

test('definitely before means that every pair of moments is in that order', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      let everyPair = true;
      for (let x = a.earliestMs; x <= a.latestMs; x++) {
        for (let y = b.earliestMs; y <= b.latestMs; y++) everyPair &&= x < y;
      }
      expect(interval.definitelyBefore(a, b)).toBe(everyPair);
      expect(interval.definitelyAfter(b, a)).toBe(everyPair);
    }),
  );
});

test('a moment has passed, is yet to come, or may be now', () => {
  fc.assert(
    fc.property(intervals, fc.integer({ min: -2, max: 30 }), (now, momentMs) => {
      const within = now.earliestMs <= momentMs && momentMs <= now.latestMs;
      expect(interval.after(now, momentMs)).toBe(momentMs < now.earliestMs);
      expect(interval.before(now, momentMs)).toBe(momentMs > now.latestMs);
      expect(within).toBe(!interval.after(now, momentMs) && !interval.before(now, momentMs));
    }),
  );
});

test('waiting until a moment has passed ends after it (commit wait)', () => {
  fc.assert(
    fc.property(intervals, intervals, (first, second) => {
      const stampMs = first.latestMs;
      if (interval.after(second, stampMs)) {
        expect(interval.definitelyBefore(first, second)).toBe(true);
      }
    }),
  );
});

test('right after synchronising, the interval is the error bound either way', () => {
  expect(interval.around({ wallMs: 1000, errorBoundMs: 5, sinceSyncMs: 0 })).toEqual({
    earliestMs: 995,
    latestMs: 1005,
  });
});

test('the interval then grows by the drift bound: 200 ppm are 2 ms in 10 s', () => {
  const { earliestMs, latestMs } = interval.around({
    wallMs: 50_000,
    errorBoundMs: 5,
    sinceSyncMs: 10_000,
  });
  expect(earliestMs).toBeCloseTo(50_000 - 7, 2);
  expect(latestMs).toBeCloseTo(50_000 + 7, 2);
});

test('the interval contains the true time although a drifting clock measured the elapsed time', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 500_000, noNaN: true }),
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (share, driftBoundPpm, errorMs, elapsedTrueMs) => {
        const rate = 1 + (share * driftBoundPpm) / 1e6;
        const { earliestMs, latestMs } = interval.around({
          wallMs: errorMs + elapsedTrueMs * rate,
          errorBoundMs: Math.abs(errorMs),
          sinceSyncMs: elapsedTrueMs * rate,
          driftBoundPpm,
        });
        const roundingMs = 1e-5;
        expect(earliestMs).toBeLessThanOrEqual(elapsedTrueMs + roundingMs);
        expect(latestMs).toBeGreaterThanOrEqual(elapsedTrueMs - roundingMs);
      },
    ),
  );
});

test.each([
  { errorBoundMs: -1 },
  { errorBoundMs: Number.NaN },
  { driftBoundPpm: -1 },
  { driftBoundPpm: 1e6 },
])('a bound that bounds nothing is refused: %o', (bad) => {
  expect(() => interval.around({ wallMs: 0, errorBoundMs: 1, sinceSyncMs: 1, ...bad })).toThrow(
    RangeError,
  );
});
