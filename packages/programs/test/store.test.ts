import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, inParts, Store } from '../src/kv/store.ts';

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

test('stores that have seen the same entries are equal, whatever the order and repetitions', () => {
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

test('of two writes to a key the later stamp wins, and the node breaks ties between equal times', () => {
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

test('one exchange of digests gives both sides all entries', () => {
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
      const exchange = (from: Store, to: Store): Entry[] =>
        to.digests().flatMap((digest) => from.newerThan(digest));
      const [forB, forA] = [exchange(a, b), exchange(b, a)];
      for (const one of forB) b.merge(one);
      for (const one of forA) a.merge(one);
      expect(sorted(a)).toEqual(sorted(b));
    }),
  );
});

test('digests and entries of a large store come in parts that fit into messages, and miss nothing', () => {
  const store = new Store();
  for (let i = 0; i < 20_000; i++) {
    store.merge({ key: `key ${i}`, value: 'x'.repeat(50), stamp: { time: '1', node: 'n1' } });
  }
  const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
  const digests = store.digests();
  expect(digests.length).toBeGreaterThan(1);
  for (const digest of digests) expect(bytes(digest)).toBeLessThan(1_000_000);
  // To one with nothing everything is sent, once; to one with the same, nothing.
  const empty = new Store().digests();
  const parts = inParts(empty.flatMap((digest) => store.newerThan(digest)));
  for (const part of parts) expect(bytes(part)).toBeLessThan(1_000_000);
  expect(new Set(parts.flat().map(({ key }) => key)).size).toBe(20_000);
  expect(parts.flat().length).toBe(20_000);
  expect(digests.flatMap((digest) => store.newerThan(digest))).toEqual([]);
  const other = new Store();
  expect(digests.flatMap((digest) => other.newerThan(digest))).toEqual([]);
});
