import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { SetMachine } from '../src/set/core.ts';
import { type Delta, OrSet } from '../src/set/or-set.ts';
import { Simulation } from './helpers/simulation.ts';

interface Change {
  readonly kind: 'add' | 'remove' | 'merge';
  readonly at: number;
  readonly other: number;
  readonly element: number;
}

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('add', 'remove', 'merge'),
    at: fc.nat(2),
    other: fc.nat(2),
    element: fc.nat(3),
  }),
  { maxLength: 30 },
);

/** Three replicas after these changes, and the deltas that were made. */
function play(list: readonly Change[]): { sets: OrSet[]; deltas: Delta[] } {
  const sets = [new OrSet(), new OrSet(), new OrSet()];
  const deltas: Delta[] = [];
  for (const { kind, at, other, element } of list) {
    const set = sets[at]!;
    if (kind === 'merge') {
      set.merge(sets[other]!.whole());
      continue;
    }
    const delta = kind === 'add' ? set.added(element, `n${at}.1`) : set.removed(element);
    set.merge(delta);
    deltas.push(delta);
  }
  return { sets, deltas };
}

const merged = (...parts: readonly Delta[]): Delta => {
  const set = new OrSet();
  for (const part of parts) set.merge(part);
  return set.whole();
};

test('merging is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const [a, b, c] = play(list).sets.map((set) => set.whole()) as [Delta, Delta, Delta];
      expect(merged(a, b)).toEqual(merged(b, a));
      expect(merged(merged(a, b), c)).toEqual(merged(a, merged(b, c)));
      expect(merged(a, a)).toEqual(a);
    }),
  );
});

test('deltas in any order, even twice, give the same set as whole sets; so do their new parts', () => {
  fc.assert(
    fc.property(changes, fc.infiniteStream(fc.nat()), (list, chance) => {
      const { sets, deltas } = play(list);
      const all = merged(...sets.map((set) => set.whole()));
      const shuffled = [...deltas, ...deltas.slice(3)]
        .map((delta) => ({ delta, at: chance.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ delta }) => delta);
      expect(merged(...shuffled)).toEqual(all);
      const set = new OrSet();
      const news = [...shuffled, all].flatMap((delta) => set.merge(delta) ?? []);
      expect(merged(...news)).toEqual(all);
    }),
  );
});

test('an addition that a removal did not know of wins; one that it knew of is gone everywhere', () => {
  const [a, b] = [new OrSet(), new OrSet()];
  a.merge(a.added('x', 'a.1'));
  b.merge(a.whole());
  b.merge(b.removed('x'));
  expect(merged(a.whole(), b.whole()).elements).toEqual([]);
  a.merge(a.added('x', 'a.1'));
  expect(merged(a.whole(), b.whole()).elements).toEqual([['x', ['a.1#2']]]);
});

test('a removed element leaves only a count behind', () => {
  const set = new OrSet();
  for (let element = 0; element < 100; element++) set.merge(set.added(element, 'a.1'));
  for (let element = 0; element < 100; element++) set.merge(set.removed(element));
  expect(set.whole()).toEqual({ elements: [], upTo: { 'a.1': 100 }, beyond: [] });
});

test('all nodes agree in the end, and nothing acknowledged is lost: loss, duplicates, crashes, a partition', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const simulation = new Simulation((self) => new SetMachine(self), {
        ...{ seed, lossPercent: 20, duplicatePercent: 20, crashPercent: 2 },
      });
      simulation.partition(['n1', 'n2'], ['n3']);
      const kept: number[] = [];
      for (let element = 0; element < 30; element++) {
        const node = simulation.pick(simulation.members);
        const isKept = simulation.random(2) === 0;
        simulation.invoke('c1', node, { type: 'add', element });
        simulation.steps(4);
        // Removed where it was added, so the removal knows of it.
        if (isKept) kept.push(element);
        else simulation.invoke('c1', node, { type: 'remove', element });
        simulation.steps(4);
      }
      simulation.calm();
      simulation.steps(1500);
      for (const node of simulation.members) {
        const { value } = simulation.ask(node, { type: 'read' }).reply!;
        expect((value as number[]).toSorted((a, b) => a - b)).toEqual(kept);
      }
    }),
    { numRuns: draws(20) },
  );
});
