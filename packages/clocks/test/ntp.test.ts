import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ntp } from '../src/index.ts';

const way = fc.double({ min: 0, max: 5000, noNaN: true });
const offset = fc.double({ min: -1e6, max: 1e6, noNaN: true });

/** The timestamps if the asker is this far behind and the one-way delays are these. */
function exchange(behindMs: number, thereMs: number, busyMs: number, backMs: number): ntp.Exchange {
  const t1Ms = 1e6;
  const t2Ms = t1Ms + thereMs + behindMs;
  const t3Ms = t2Ms + busyMs;
  return { t1Ms, t2Ms, t3Ms, t4Ms: t3Ms - behindMs + backMs };
}

test('the error of the offset is half the difference of the one-way delays, and within the bound', () => {
  fc.assert(
    fc.property(offset, way, way, way, (behindMs, thereMs, busyMs, backMs) => {
      const { offsetMs, delayMs, boundMs } = ntp.measure(
        exchange(behindMs, thereMs, busyMs, backMs),
      );
      expect(offsetMs - behindMs).toBeCloseTo((thereMs - backMs) / 2, 6);
      expect(delayMs).toBeCloseTo(thereMs + backMs, 6);
      expect(Math.abs(offsetMs - behindMs)).toBeLessThanOrEqual(boundMs + 1e-6);
    }),
  );
});

test('of several answers the one with the least delay is used', () => {
  const fast = exchange(10, 1, 0, 1);
  const measured = ntp.best([exchange(10, 100, 0, 1), fast, exchange(10, 1, 0, 80)]);
  expect(measured!.exchange).toBe(fast);
  expect(measured!.offsetMs).toBeCloseTo(10, 6);
  expect(ntp.best([])).toBeUndefined();
});

test('a clock that stood still or went back meanwhile never shows a negative delay', () => {
  expect(ntp.measure({ t1Ms: 100, t2Ms: 500, t3Ms: 510, t4Ms: 100 }).delayMs).toBe(0);
});
