import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Order, type VectorTime, vector } from '../src/index.ts';
import { eachPair, executions, happenedBefore, obtain } from './helpers/execution.ts';

const { compare, merge, tick } = vector;

/** Few ids and small counts, so that all four orders are common; awkward ids among them. */
const times: fc.Arbitrary<VectorTime> = fc.dictionary(
  fc.constantFrom('n1', 'n2', 'n3', '__proto__', 'constructor'),
  fc.nat({ max: 3 }),
  { maxKeys: 5 },
);

const opposite: Record<Order, Order> = {
  before: 'after',
  after: 'before',
  equal: 'equal',
  concurrent: 'concurrent',
};

test('compare is exactly happened-before, while nodes join', () => {
  fc.assert(
    fc.property(executions, (events) => {
      const known = new Map<string, VectorTime>();
      const stamps: VectorTime[] = [];
      for (const { node, sentAt } of events) {
        const own = obtain<string, VectorTime>(known, node, () => ({}));
        const informed = sentAt === null ? own : merge(own, stamps[sentAt]!);
        const stamp = tick(informed, node);
        known.set(node, stamp);
        stamps.push(stamp);
      }
      const before = happenedBefore(events);
      eachPair(events, (a, b) => {
        const order = before(a, b) ? 'before' : before(b, a) ? 'after' : 'concurrent';
        expect(compare(stamps[a]!, stamps[b]!)).toBe(order);
      });
    }),
  );
});

test('merge does not care about order, grouping or repetition', () => {
  fc.assert(
    fc.property(times, times, times, (a, b, c) => {
      expect(compare(merge(a, b), merge(b, a))).toBe('equal');
      expect(compare(merge(merge(a, b), c), merge(a, merge(b, c)))).toBe('equal');
      expect(compare(merge(a, a), a)).toBe('equal');
    }),
  );
});

test('a merge is the least upper bound of both sides', () => {
  fc.assert(
    fc.property(times, times, times, (a, b, c) => {
      const atMost = (x: VectorTime, y: VectorTime) => ['before', 'equal'].includes(compare(x, y));
      expect(atMost(a, merge(a, b)) && atMost(b, merge(a, b))).toBe(true);
      if (atMost(a, c) && atMost(b, c)) expect(atMost(merge(a, b), c)).toBe(true);
    }),
  );
});

test('compare with swapped arguments gives the opposite answer', () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      expect(compare(b, a)).toBe(opposite[compare(a, b)]);
    }),
  );
});

test('an id without an entry counts as 0', () => {
  fc.assert(
    fc.property(times, (time) => {
      expect(compare(time, { ...time, late: 0 })).toBe('equal');
      expect(compare(time, { ...time, late: 1 })).toBe('before');
    }),
  );
});

test('a tick comes after its argument, and does not modify it', () => {
  fc.assert(
    fc.property(times, (time) => {
      const kept = JSON.stringify(time);
      expect(compare(time, tick(time, 'n1'))).toBe('before');
      expect(JSON.stringify(time)).toBe(kept);
    }),
  );
});

test('ids that every object inherits are ordinary ids', () => {
  const once = tick({}, '__proto__');
  expect(vector.count(once, '__proto__')).toBe(1);
  expect(compare({}, once)).toBe('before');
  expect(vector.count({}, 'constructor')).toBe(0);
  expect(JSON.stringify(merge(once, JSON.parse('{"__proto__":4}')))).toBe('{"__proto__":4}');
  expect(Object.hasOwn(Object.prototype, '4')).toBe(false);
});
