import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClockState, skewed } from '../../src/index.ts';
import { careers, EPOCH, stateAfter } from '../helpers/changes.ts';

test('a perfect clock reads the true wall, and its monotonic clock counts from the epoch', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), (elapsedMs) => {
      const state = skewed.perfect(EPOCH);
      const trueMs = EPOCH.trueMs + elapsedMs;
      expect(skewed.wallAt(state, trueMs)).toBe(EPOCH.wallMs + (trueMs - EPOCH.trueMs));
      expect(skewed.monotonicAt(state, trueMs)).toBe(trueMs - EPOCH.trueMs);
      expect(skewed.offsetAt(state, trueMs)).toBe(0);
    }),
  );
});

test('a state survives JSON with the same readings to the last bit', () => {
  fc.assert(
    fc.property(careers, fc.double({ min: 0, max: 1e7, noNaN: true }), (steps, laterMs) => {
      const state = stateAfter(steps);
      const copy = JSON.parse(JSON.stringify(state)) as ClockState;
      const trueMs = state.sinceTrueMs + laterMs;
      expect(skewed.wallAt(copy, trueMs)).toBe(skewed.wallAt(state, trueMs));
      expect(skewed.monotonicAt(copy, trueMs)).toBe(skewed.monotonicAt(state, trueMs));
      expect(skewed.intervalAt(copy, trueMs)).toEqual(skewed.intervalAt(state, trueMs));
      expect(skewed.describe(copy, trueMs)).toBe(skewed.describe(state, trueMs));
    }),
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('an epoch at %d is rejected', (bad) => {
  expect(() => skewed.perfect({ trueMs: bad, wallMs: 0 })).toThrow(RangeError);
  expect(() => skewed.perfect({ trueMs: 0, wallMs: bad })).toThrow(RangeError);
});
