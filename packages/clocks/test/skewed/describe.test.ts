import { expect, test } from 'vitest';
import { skewed } from '../../src/index.ts';

const HOUR_MS = 3_600_000;
const start = skewed.perfect({ trueMs: 0, wallMs: 1_736_942_400_000 });

test('a clock without fault is perfect', () => {
  expect(skewed.describe(start, 1234.5)).toBe('perfect');
  expect(skewed.describe(skewed.synchronise(start, 10, { errorMs: 0.2 }), 20)).toBe('perfect');
});

test.each([
  [40, '+40ms'],
  [-1250, '-1.25s'],
  [999.7, '+1s'],
  [59_999.8, '+1m'],
  [150_000, '+2m30s'],
  [HOUR_MS, '+1h'],
  [HOUR_MS + 2, '+1h'],
  [HOUR_MS - 200, '+1h'],
  [-(26 * HOUR_MS), '-1d2h'],
  [25 * HOUR_MS - 1, '+1d1h'],
  [24 * HOUR_MS - 1, '+1d'],
  [365 * 24 * HOUR_MS, '+365d'],
])('an offset of %d ms reads %s', (deltaMs, text) => {
  expect(skewed.describe(skewed.jump(start, 5, deltaMs), 5)).toBe(text);
});

test('faults are listed from the visible to its causes', () => {
  const drifting = skewed.drift(start, 0, 200);
  expect(skewed.describe(skewed.freeze(drifting, 0), 0)).toBe('drift 200ppm, frozen');
  expect(skewed.describe(skewed.freeze(drifting, 0), 5000)).toBe('-5s, drift 200ppm, frozen');
});

test('a strobe shows its delta and period, and the offset of the moment', () => {
  const state = skewed.strobe(start, 0, { deltaMs: -300, periodMs: 20 });
  expect(skewed.describe(state, 5)).toBe('strobe -300ms/20ms');
  expect(skewed.describe(state, 15)).toBe('-300ms, strobe -300ms/20ms');
});

test('a slew shows what is left of it, and nothing when it is done', () => {
  const state = skewed.slew(start, 0, { byMs: -100, ratePpm: 500 });
  expect(skewed.describe(state, 120_000)).toBe('-60ms, slew -40ms at 500ppm');
  expect(skewed.describe(state, 200_001)).toBe('-100ms');
});

test.each([
  [82.73914, 'drift 83ppm'],
  [-0.51234, 'drift -0.51ppm'],
  [12_345, 'drift 12345ppm'],
])('a drift of %d ppm reads %s', (ppm, text) => {
  expect(skewed.describe(skewed.drift(start, 0, ppm), 0)).toBe(text);
});
