import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { Counter, mergeParts, newsOf, type Parts } from '../src/counter/core.ts';
import { Simulation } from './helpers/simulation.ts';

const parts: fc.Arbitrary<Parts> = fc.dictionary(
  fc.constantFrom('n1.1', 'n1.2', 'n2.1', 'n10.1'),
  fc.record({ plus: fc.nat(9), minus: fc.nat(9) }),
);

/** A part that is not there is one of zeros. */
const full = (one: Parts): unknown =>
  Object.fromEntries(
    Object.entries(one)
      .filter(([, { plus, minus }]) => plus + minus > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

test('merging is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(parts, parts, parts, (a, b, c) => {
      expect(full(mergeParts(a, b))).toEqual(full(mergeParts(b, a)));
      const left = mergeParts(mergeParts(a, b), c);
      expect(full(left)).toEqual(full(mergeParts(a, mergeParts(b, c))));
      expect(newsOf(mergeParts(a, b), b)).toEqual({});
      expect(newsOf(a, a)).toEqual({});
    }),
  );
});

test('every acknowledged addition is counted exactly once on all nodes: crashes, loss, duplicates', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const simulation = new Simulation((self) => new Counter(self), {
        ...{ seed, lossPercent: 30, duplicatePercent: 20, crashPercent: 2 },
      });
      let sum = 0;
      for (let i = 0; i < 40; i++) {
        const delta = simulation.random(21) - 10;
        const body = { type: 'add', delta };
        const { reply } = simulation.invoke('c1', simulation.pick(simulation.members), body);
        expect(reply).toBeDefined();
        sum += delta;
        simulation.steps(5);
      }
      simulation.calm();
      simulation.steps(1000);
      for (const node of simulation.members) {
        expect(simulation.ask(node, { type: 'read' }).reply).toEqual({ value: sum });
      }
    }),
    { numRuns: draws(20) },
  );
});

test('a grow-only counter rejects negative amounts, and both kinds reject malformed requests', () => {
  const grow = new Simulation((self) => new Counter(self, { kind: 'grow' }), { seed: 1 });
  expect(grow.ask('n1', { type: 'add', delta: -1 }).error).toMatchObject({ rpcCode: 12 });
  expect(grow.ask('n1', { type: 'add', delta: 'x' }).error).toMatchObject({ rpcCode: 12 });
  expect(grow.ask('n1', { type: 'read' }).reply).toEqual({ value: 0 });
});

test.each([
  [true, 5],
  [false, 10],
])('a request that arrives twice with dropsDuplicates: %s counts %i', (dropsDuplicates, value) => {
  const counter = new Counter({ id: 'n1', incarnation: 1, members: ['n1'] });
  counter.dropsDuplicates = dropsDuplicates;
  const add = { src: 'c1', dest: 'n1', body: { type: 'add', delta: 5, msg_id: 1 } };
  counter.receive(add, 0);
  counter.receive(structuredClone(add), 1);
  const read = { src: 'c1', dest: 'n1', body: { type: 'read', msg_id: 2 } };
  const [effect] = counter.receive(read, 2);
  expect(effect).toMatchObject({ kind: 'answer', reply: { value } });
});
