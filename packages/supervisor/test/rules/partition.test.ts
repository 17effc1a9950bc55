import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partitionLinks } from '../../src/rules/partition.ts';
import { contextOf, cutsOf, namesOf } from '../helpers/selectors.ts';

/** Two to nine nodes, each on one of a few sides; at least two sides are not empty. */
const sides = fc
  .array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 9 })
  .map((sideOf) => {
    const nodes = namesOf(sideOf.length);
    const groups = [0, 1, 2, 3]
      .map((side) => nodes.filter((_, i) => sideOf[i] === side))
      .filter(({ length }) => length > 0);
    return { nodes, groups };
  })
  .filter(({ groups }) => groups.length >= 2);

const written = (groups: readonly (readonly string[])[]): string =>
  groups.map((group) => group.join(',')).join(' | ');

/** The model: a link is cut if its ends are on different sides; one way, only from an earlier side to a later one. */
function linksAcross(groups: readonly (readonly string[])[], oneWay: boolean): string[] {
  return groups
    .flatMap((from, i) =>
      groups.flatMap((to, j) =>
        i === j || (oneWay && i > j) ? [] : from.flatMap((a) => to.map((b) => `${a}>${b}`)),
      ),
    )
    .sort();
}

test('groups cut every link from one side to another, and no link within a side', () => {
  fc.assert(
    fc.property(sides, ({ nodes, groups }) => {
      const cuts = cutsOf({ groups: written(groups) }, contextOf(nodes));
      expect(cuts).toEqual(linksAcross(groups, false));
    }),
  );
});

test('one way, a side no longer reaches those named behind it, and they still reach it', () => {
  fc.assert(
    fc.property(sides, ({ nodes, groups }) => {
      const cuts = cutsOf({ groups: written(groups), oneWay: true }, contextOf(nodes));
      expect(cuts).toEqual(linksAcross(groups, true));
    }),
  );
});

test('a client in no group still reaches both sides', () => {
  const context = contextOf(namesOf(3), { clients: ['c1'] });
  expect(cutsOf({ groups: 'n1 | rest' }, context).join()).not.toContain('c1');
  expect(cutsOf({ isolate: 'n1' }, context).join()).not.toContain('c1');
});

describe('isolate', () => {
  test('cuts each node off from all others, including those isolated with it', () => {
    const cuts = cutsOf({ isolate: 'n1,n2' }, contextOf(namesOf(4)));
    expect(cuts).toEqual(linksAcross([['n1'], ['n2'], ['n3', 'n4']], false));
  });

  test('cuts every link if it names all nodes', () => {
    const cuts = cutsOf({ isolate: 'all' }, contextOf(namesOf(3)));
    expect(cuts).toEqual(linksAcross([['n1'], ['n2'], ['n3']], false));
  });

  test('one way, a node receives from all and reaches none', () => {
    const cuts = cutsOf({ isolate: 'n2', oneWay: true }, contextOf(namesOf(3)));
    expect(cuts).toEqual(['n2>n1', 'n2>n3']);
  });
});

describe('bridge', () => {
  test.each([3, 4, 5, 6, 9])('of %i nodes: one reaches all, the others their half', (count) => {
    const nodes = namesOf(count);
    const cuts = new Set(cutsOf({ bridge: 'n2' }, contextOf(nodes)));
    const reached = (from: string): string[] =>
      nodes.filter((to) => to !== from && !cuts.has(`${from}>${to}`));
    expect(reached('n2')).toEqual(nodes.filter((node) => node !== 'n2'));
    for (const node of nodes.filter((name) => name !== 'n2')) {
      expect(reached(node)).toContain('n2');
      // The halves differ by one node at most: itself, its half and the bridge make count/2 and one.
      const half = reached(node).length;
      expect(Math.abs(half - (count - 1) / 2)).toBeLessThanOrEqual(0.5);
    }
  });
});

describe('ring', () => {
  test.each(Array.from({ length: 12 }, (_, i) => i + 4))(
    'of %i nodes: everybody sees a majority, and no two the same one',
    (count) => {
      const nodes = namesOf(count);
      const cuts = new Set(cutsOf({ ring: true }, contextOf(nodes)));
      const seen = nodes.map((from) => nodes.filter((to) => !cuts.has(`${from}>${to}`)));
      for (const those of seen) expect(those.length).toBeGreaterThan(count / 2);
      expect(new Set(seen.map((those) => those.join())).size).toBe(count);
      // Every cut is two-way and no node sees all: otherwise it would not be a partition.
      for (const cut of cuts) expect(cuts).toContain(cut.split('>').reverse().join('>'));
      for (const those of seen) expect(those.length).toBeLessThan(count);
    },
  );

  test.each([1, 2, 3])('of %i nodes is refused, because there are too few nodes', (count) => {
    expect(() => partitionLinks({ ring: true }, contextOf(namesOf(count)))).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', facts: { nodes: count } }),
    );
  });
});

test.each([
  ['no shape', {}, 'BAD_REQUEST'],
  ['a ring that is disabled, and no other shape', { ring: false }, 'BAD_REQUEST'],
  ['two shapes', { isolate: 'n1', bridge: 'n2' }, 'BAD_REQUEST'],
  ['a shape and a ring', { groups: 'n1 | n2', ring: true }, 'BAD_REQUEST'],
  ['clients of groups', { groups: 'n1 | rest', clients: true }, 'BAD_REQUEST'],
  ['a ring that is cut one way', { ring: true, oneWay: true }, 'BAD_REQUEST'],
  ['one side only', { groups: 'n1,n2,n3' }, 'BAD_SELECTOR'],
  ['a node on two sides', { groups: 'n1,n2 | n2,n3' }, 'BAD_SELECTOR'],
  ['an empty side', { groups: 'n1,n2,n3 | rest' }, 'BAD_SELECTOR'],
  ['a node that does not exist', { groups: 'n1 | n9' }, 'NODE_UNKNOWN'],
  ['a leader when there is none', { isolate: 'leader' }, 'BAD_SELECTOR'],
  ['a bridge of all nodes', { bridge: 'all' }, 'BAD_REQUEST'],
  ['clients to isolate where there are none', { isolate: 'clients' }, 'BAD_REQUEST'],
])('refuses %s', (_, partition, code) => {
  expect(() => partitionLinks(partition, contextOf(namesOf(3)))).toThrow(
    expect.objectContaining({ code }),
  );
});
