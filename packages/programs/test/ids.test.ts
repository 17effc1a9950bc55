import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idsByClock, idsByNode } from '../src/ids/core.ts';

const wall = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_020 });

test('ids by node are unique over nodes and incarnations, whatever the clock says', () => {
  fc.assert(
    fc.property(fc.array(wall, { maxLength: 50 }), (walls) => {
      const sources = ['n1', 'n2', 'n11'].flatMap((node) =>
        [1, 2, 11].map((start) => idsByNode(node, start)),
      );
      const ids = sources.flatMap((source) => walls.map(() => source.next()));
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});

test('ids by clock are unique, and sort by time, while the clock only goes forward', () => {
  fc.assert(
    fc.property(fc.array(wall, { maxLength: 50 }), (walls) => {
      const forward = walls.toSorted((a, b) => a - b);
      const sources = [0, 1, 1023].map((place) => idsByClock(place));
      const ids = sources.map((source) => forward.map((ms) => BigInt(source.next(ms))));
      expect(new Set(ids.flat()).size).toBe(3 * walls.length);
      for (const own of ids) expect(own.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(own);
    }),
  );
});

test('ids by clock repeat when the clock repeats a moment', () => {
  const source = idsByClock(1);
  const first = source.next(1_700_000_000_000);
  source.next(1_700_000_000_001);
  expect(source.next(1_700_000_000_000)).toBe(first);
});

test('more ids in a millisecond than it has room for run over into the next ones', () => {
  const source = idsByClock(3);
  const ids = Array.from({ length: 10_000 }, () => source.next(1_700_000_000_000));
  expect(new Set(ids).size).toBe(10_000);
});
