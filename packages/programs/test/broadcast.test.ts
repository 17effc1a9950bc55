import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { Broadcast } from '../src/broadcast/core.ts';
import { Simulation } from './helpers/simulation.ts';

const valuesAt = (simulation: Simulation<Broadcast>, node: string): unknown =>
  (simulation.ask(node, { type: 'read' }).reply!.messages as number[]).toSorted((a, b) => a - b);

test('every acknowledged value reaches all nodes in the end: loss, duplicates, crashes and a partition', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const simulation = new Simulation((self) => new Broadcast(self), {
        ...{ nodes: 4, seed, lossPercent: 20, duplicatePercent: 10, crashPercent: 1 },
      });
      simulation.partition(['n1', 'n2'], ['n3', 'n4']);
      const outcomes = Array.from({ length: 30 }, (_, message) => {
        const body = { type: 'broadcast', message };
        const outcome = simulation.invoke('c1', simulation.pick(simulation.members), body);
        simulation.steps(10);
        return outcome;
      });
      simulation.calm();
      simulation.steps(3000);
      expect(outcomes.every(({ reply }) => reply !== undefined)).toBe(true);
      const all = Array.from({ length: 30 }, (_, i) => i);
      for (const node of simulation.members) expect(valuesAt(simulation, node)).toEqual(all);
    }),
    { numRuns: draws(20) },
  );
});

test('a line topology is enough, and costs no messages between nodes that are not neighbors', () => {
  const simulation = new Simulation((self) => new Broadcast(self), { nodes: 4, seed: 1 });
  const topology = { n1: ['n2'], n2: ['n1', 'n3'], n3: ['n2', 'n4'], n4: ['n3'] };
  for (const node of simulation.members) simulation.ask(node, { type: 'topology', topology });
  simulation.ask('n1', { type: 'broadcast', message: 7 });
  simulation.steps(500);
  expect(valuesAt(simulation, 'n4')).toEqual([7]);
});

test('a bounded outbox without anti-entropy loses values queued during a partition', () => {
  const wrong = { outboxMax: 3, antiEntropyMs: Number.POSITIVE_INFINITY };
  const simulation = new Simulation((self) => new Broadcast(self, wrong), { nodes: 2, seed: 1 });
  simulation.partition(['n1'], ['n2']);
  for (let message = 0; message < 10; message++)
    simulation.ask('n1', { type: 'broadcast', message });
  simulation.calm();
  simulation.steps(1000);
  expect(valuesAt(simulation, 'n2')).toEqual([0, 1, 2]);
});
