import { expect, test } from 'vitest';
import { BackOff } from '../../src/nodes/back-off.ts';

const waits = (backOff: BackOff, crashes: number): (number | undefined)[] =>
  Array.from({ length: crashes }, () => backOff.ended(1, 0)?.waitMs);

test('each crash waits twice as long as the one before, up to ten seconds', () => {
  expect(waits(new BackOff('on-failure'), 10)).toEqual([
    100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000,
  ]);
  expect(waits(new BackOff('always'), 2000).at(-1)).toBe(10_000);
});

test('the back-off starts over for a node that was ready for long, and not for one that was ready briefly', () => {
  const backOff = new BackOff('on-failure');
  waits(backOff, 5);
  expect(backOff.ended(1, 9_999)).toEqual({ count: 6, waitMs: 3200 });
  expect(backOff.ended(1, 10_000)).toEqual({ count: 1, waitMs: 100 });
  waits(backOff, 5);
  backOff.reset();
  expect(backOff.ended(1, 0)).toEqual({ count: 1, waitMs: 100 });
});

test.each([
  ['no', 1, false],
  ['on-failure', 0, false],
  ['on-failure', 3, true],
  // By a signal.
  ['on-failure', null, true],
  ['always', 0, true],
] as const)('with %s, an exit with %s is started again: %s', (policy, code, again) => {
  expect(new BackOff(policy).ended(code, 0) !== null).toBe(again);
});
