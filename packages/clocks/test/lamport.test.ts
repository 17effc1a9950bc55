import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LamportClock } from '../src/index.ts';
import { eachPair, executions, happenedBefore, obtain } from './helpers/execution.ts';

test('an event that happened before another has the smaller stamp', () => {
  fc.assert(
    fc.property(executions, (events) => {
      const clocks = new Map<string, LamportClock>();
      const stamps: number[] = [];
      for (const { node, sentAt } of events) {
        const clock = obtain(clocks, node, () => new LamportClock());
        stamps.push(sentAt === null ? clock.tick() : clock.observe(stamps[sentAt]!));
      }
      const before = happenedBefore(events);
      eachPair(events, (a, b) => {
        if (before(a, b)) expect(stamps[a]).toBeLessThan(stamps[b]!);
      });
    }),
  );
});

test('a stamp is the length of the longest chain of events that leads to it', () => {
  fc.assert(
    fc.property(executions, (events) => {
      const clocks = new Map<string, LamportClock>();
      const stamps: number[] = [];
      const depths: number[] = [];
      for (const { node, previous, sentAt } of events) {
        const clock = obtain(clocks, node, () => new LamportClock());
        stamps.push(sentAt === null ? clock.tick() : clock.observe(stamps[sentAt]!));
        const depthOf = (event: number | null) => (event === null ? 0 : depths[event]!);
        depths.push(1 + Math.max(depthOf(previous), depthOf(sentAt)));
      }
      expect(stamps).toEqual(depths);
    }),
  );
});

test('the receipt of an old message still moves the clock', () => {
  const clock = new LamportClock(10);
  expect(clock.observe(3)).toBe(11);
  expect(clock.observe(20)).toBe(21);
  expect(clock.value).toBe(21);
});

test.each([Number.NaN, -1, 2.5, 2 ** 52 + 1, 2 ** 53, Number.POSITIVE_INFINITY])(
  'a remote stamp of %d says nothing, and the receipt still counts',
  (stamp) => {
    const clock = new LamportClock(1);
    expect(clock.observe(stamp)).toBe(2);
  },
);

test('the largest accepted stamp leaves room to count on', () => {
  const clock = new LamportClock();
  expect(clock.observe(2 ** 52)).toBe(2 ** 52 + 1);
  expect(clock.tick()).toBe(2 ** 52 + 2);
});

test('a clock resumes from a stored value, and from nothing else', () => {
  expect(new LamportClock(41).tick()).toBe(42);
  expect(() => new LamportClock(-1)).toThrow(RangeError);
});
