import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayHistogram } from '../src/delay-histogram.ts';

const delays = fc.array(fc.double({ min: 0, max: 3e6, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

test('every copy is in one bucket, whose bound is at or above its delay by an eighth at most', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 2e6, noNaN: true }), (delayMs) => {
      const one = new DelayHistogram();
      one.add(delayMs);
      one.add(1e9);
      const [[upToMs, copies] = [0, 0]] = one.stats(2).buckets;
      expect(copies).toBe(1);
      // What is counted are whole microseconds, rounded up.
      expect(upToMs).toBeGreaterThanOrEqual(delayMs);
      expect(upToMs).toBeLessThanOrEqual(delayMs * 1.125 + 0.002);
    }),
  );
});

test('counts, sum, maximum and quantiles match the delivered copies', () => {
  fc.assert(
    fc.property(delays, fc.nat({ max: 50 }), (waited, atOnce) => {
      const histogram = new DelayHistogram();
      for (const ms of waited) histogram.add(ms);
      const { buckets, sumMs, maxMs, p50Ms, p99Ms } = histogram.stats(waited.length + atOnce);
      expect(buckets.reduce((sum, [, copies]) => sum + copies, 0)).toBe(waited.length + atOnce);
      const bounds = buckets.map(([upToMs]) => upToMs);
      expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
      expect(sumMs).toBeCloseTo(
        waited.reduce((sum, ms) => sum + ms, 0),
        3,
      );
      expect(maxMs).toBe(Math.max(...waited));
      const all = [...Array(atOnce).fill(0), ...waited].sort((a, b) => a - b);
      for (const [given, q] of [
        [p50Ms, 0.5],
        [p99Ms, 0.99],
      ] as const) {
        const exact = all[Math.ceil(q * all.length) - 1]!;
        expect(given).toBeGreaterThanOrEqual(Math.min(exact, 0x7fffffff / 1000) - 1e-9);
        expect(given).toBeLessThanOrEqual(Math.max(exact * 1.125, 0) + 0.002);
      }
    }),
  );
});

test('copies that left at once take no memory and are in the first bucket', () => {
  expect(new DelayHistogram().stats(7)).toMatchObject({ buckets: [[0, 7]], p99Ms: 0, maxMs: 0 });
  expect(new DelayHistogram().stats(0).buckets).toEqual([]);
});
