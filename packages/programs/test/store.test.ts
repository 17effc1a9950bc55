import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, Store } from '../src/kv/store.ts';

const entry: fc.Arbitrary<Entry> = fc.record({
  key: fc.constantFrom('x', 'y', '__proto__', 'constructor'),
  value: fc.integer(),
  stamp: fc.record({
    time: fc.integer({ min: 0, max: 5 }).map((time) => String(time).padStart(3, '0')),
    node: fc.constantFrom('n1', 'n2', 'n3'),
  }),
});
/** Distinct writes: a node stamps no two writes of a key alike. */
const entries = fc.uniqueArray(entry, {
  selector: ({ key, stamp }) => `${key} ${stamp.time} ${stamp.node}`,
  maxLength: 20,
});

function storeOf(list: readonly Entry[]): Store {
  const store = new Store();
  for (const one of list) store.merge(one);
  return store;
}

const sorted = (store: Store): Entry[] => store.entries().sort((a, b) => (a.key < b.key ? -1 : 1));

test('stores that have seen the same entries are equal, in whatever order and however often', () => {
  fc.assert(
    fc.property(entries, fc.infiniteStream(fc.nat()), (list, chance) => {
      const shuffled = [...list, ...list.filter((_, i) => i % 3 === 0)]
        .map((one) => ({ one, at: chance.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ one }) => one);
      expect(sorted(storeOf(shuffled))).toEqual(sorted(storeOf(list)));
    }),
  );
});

test('of two writes to a key the later stamp wins, and equal times are told apart by the node', () => {
  fc.assert(
    fc.property(entries, (list) => {
      for (const { key, stamp } of storeOf(list).entries()) {
        for (const other of list.filter((one) => one.key === key)) {
          const isNewer =
            other.stamp.time > stamp.time ||
            (other.stamp.time === stamp.time && other.stamp.node > stamp.node);
          expect(isNewer).toBe(false);
        }
      }
    }),
  );
});

test('one exchange of digests, and both sides have all', () => {
  fc.assert(
    fc.property(entries, entries, (left, right) => {
      // A stamp names one write, also across the two sides.
      const known = new Map(
        left.map((one) => [`${one.key} ${one.stamp.time} ${one.stamp.node}`, one]),
      );
      const [a, b] = [
        storeOf(left),
        storeOf(
          right.map((one) => known.get(`${one.key} ${one.stamp.time} ${one.stamp.node}`) ?? one),
        ),
      ];
      const [forB, forA] = [a.newerThan(b.digest()), b.newerThan(a.digest())];
      for (const one of forB) b.merge(one);
      for (const one of forA) a.merge(one);
      expect(sorted(a)).toEqual(sorted(b));
    }),
  );
});
