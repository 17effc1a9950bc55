/**
 * The properties of figure 3 of the Raft paper, and what clients are promised, under random schedules. That
 * the checks can fail is shown by the flaws.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import type { Flaw } from '../../src/raft/rules.ts';
import { Simulation, type SimulationOptions, Violation } from './helpers/simulation.ts';

function play(options: SimulationOptions): Simulation {
  const simulation = new Simulation(options);
  simulation.run(200);
  for (let i = 0; i < 1200; i++) simulation.randomStep();
  return simulation;
}

test.each([3, 4, 5])('%i nodes keep every promise under every fault', (nodes) => {
  const settings = fc.record({
    snapshotEvery: fc.constantFrom(8, 1000),
    batch: fc.constantFrom(2, 1000),
  });
  fc.assert(
    fc.property(fc.integer(), settings, (seed, some) => {
      const simulation = play({ nodes, seed, settings: some });
      // It would be easy to promise nothing: when every fault is healed, all clients are served.
      simulation.heal();
      for (const id of simulation.members) {
        if (simulation.nodes.get(id)!.raft === null) simulation.start(id);
      }
      simulation.run(5000);
      const names = simulation.members.map((id) =>
        simulation.request(id, { type: 'write', key: 'x', value: `last of ${id}` }),
      );
      simulation.run(100);
      for (const name of names) expect(simulation.operations.get(name)!.isDone).toBe(true);
    }),
    // Other seeds are for searching; a test says the same each time.
    { numRuns: draws(15), seed: 2014 },
  );
});

/** What goes wrong with each flaw; other flaws need a longer chain of events: see flaws.test.ts. */
const found: Readonly<Partial<Record<Flaw, RegExp>>> = {
  quorumOfHalf: /lead in term|another entry|without entry/,
  voteForAnyLog: /without entry|another entry/,
  appendUnchecked: /part before where they agree|another entry/,
  staleReads: /read . as of entry/,
  noSessions: /takes effect at/,
};

test.each(Object.entries(found))('a random schedule finds %s', (flaw, violation) => {
  const messages: string[] = [];
  for (let seed = 0; seed < 100 && messages.length === 0; seed++) {
    try {
      play({ nodes: 4, seed, flaws: { [flaw]: true } });
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      messages.push(error.message);
    }
  }
  expect(messages[0]).toMatch(violation);
});
