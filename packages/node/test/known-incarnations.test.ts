import { VectorClock } from '@faultline/clocks';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { incarnationId, KnownIncarnations } from '../src/host/known-incarnations.ts';

test.each<readonly [string, boolean]>([
  ['n1', true],
  ['n1.2', true],
  ['n1.3', true],
  ['n1.4', false],
  ['n2', true],
  ['n2.2', false],
  ['n3', false],
  // These are no ids of starts, whatever they look like as numbers.
  ...['n1.1', 'n1.0', 'n1.-1', 'n1.02', 'n1.2.0', 'n1.1e0', 'n1. 2', 'n1.', '.2', '.', ''].map(
    (id): [string, boolean] => [id, false],
  ),
])('of n1 with three starts and n2 with one, %j is known: %s', (id, isKnown) => {
  const known = new KnownIncarnations({ n1: 3, n2: 1 });
  // As many made-up names as are believed.
  for (let i = 0; i < 1000; i++) known.admits(`x${i}`);
  expect(known.admits(id)).toBe(isKnown);
});

test('unknown names are adopted up to a limit, and those of real starts always', () => {
  const known = new KnownIncarnations({ n1: 1, n2: 1 });
  const clock = new VectorClock('n1', {}, (id) => known.admits(id));
  for (let message = 0; message < 300; message++) {
    for (let i = 0; i < 20; i++) clock.learn(`x${message * 20 + i}`, 1);
  }
  expect(clock.size).toBe(1 + 64);
  clock.learn('n2', 7);
  known.add({ n2: 2, n3: 1 });
  clock.learn('n2.2', 8);
  clock.learn('n3', 9);
  expect([clock.count('n2'), clock.count('n2.2'), clock.count('n3')]).toEqual([7, 8, 9]);
});

test('no start is skipped if its announcement is late by a few', () => {
  const restarts = fc.array(fc.constantFrom('n1', 'n2', 'n3'), { maxLength: 500 });
  fc.assert(
    fc.property(restarts, fc.nat(64), (names, late) => {
      const latest: Record<string, number> = { n1: 1, n2: 1, n3: 1 };
      const known = new KnownIncarnations(latest);
      const news: Record<string, number>[] = [];
      for (const name of names) {
        latest[name]!++;
        news.push({ ...latest });
        if (news.length > late) known.add(news.shift()!);
        expect(known.admits(incarnationId(name, latest[name]!))).toBe(true);
      }
    }),
  );
});
