import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { moved, msAt, spanOf, ticksOf, tickText, xOf, zoomed } from '../../src/diagram/scale.ts';

const scales = fc.record({
  fromMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
  spanMs: fc.double({ min: 0.01, max: 1e7, noNaN: true }),
  width: fc.integer({ min: 100, max: 4000 }),
});
const made = ({ fromMs, spanMs, width }: { fromMs: number; spanMs: number; width: number }) => ({
  fromMs,
  toMs: fromMs + spanMs,
  left: 60,
  width,
});

test('zooming keeps the time under the pointer where it is', () => {
  fc.assert(
    fc.property(
      scales,
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      fc.integer({ min: 60, max: 160 }),
      (each, factor, x) => {
        const scale = made(each);
        const after = zoomed(scale, factor, x);
        expect(msAt(after, x)).toBeCloseTo(msAt(scale, x), 3);
        expect(spanOf(after)).toBeCloseTo(spanOf(scale) * factor, 3);
      },
    ),
    { numRuns: draws(400) },
  );
});

test('moving by pixels moves what is drawn by as many', () => {
  const scale = made({ fromMs: 100, spanMs: 1000, width: 500 });
  expect(xOf(moved(scale, 50), 400)).toBeCloseTo(xOf(scale, 400) - 50);
});

test('ticks are round times, far enough from each other, and all in range', () => {
  fc.assert(
    fc.property(scales, (each) => {
      const scale = made(each);
      const { stepMs, ticks } = ticksOf(scale, 100);
      expect((stepMs / spanOf(scale)) * scale.width).toBeGreaterThanOrEqual(99.9);
      const digit = Number(stepMs.toExponential().split('e')[0]);
      expect([1, 2, 5]).toContain(Math.round(digit * 1e6) / 1e6);
      const roundingMs = spanOf(scale) * 1e-9;
      const isIn = (ms: number) => ms >= scale.fromMs - roundingMs && ms <= scale.toMs + roundingMs;
      expect(ticks.filter((ms) => !isIn(ms))).toEqual([]);
    }),
    { numRuns: draws(400) },
  );
});

test.each([
  [12_000, 1000, '12s'],
  [1234, 1, '1.234s'],
  [1234.5, 0.1, '1.2345s'],
  [500, 100, '0.5s'],
])('the label of %d ms, with a tick each %d ms, is %s', (ms, stepMs, text) => {
  expect(tickText(ms, stepMs)).toBe(text);
});
