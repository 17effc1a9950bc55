/** The properties of figure 3 of the Raft paper, and what clients are promised, under random schedules. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Flaw } from '../../src/raft/rules.ts';
import { Simulation, type SimulationOptions, Violation } from './helpers/simulation.ts';

function play(options: SimulationOptions, steps: number): Simulation {
  const simulation = new Simulation(options);
  simulation.run(200);
  for (let i = 0; i < steps; i++) simulation.randomStep();
  return simulation;
}

test.each([3, 4, 5])('%i nodes keep every promise, whatever happens to them', (nodes) => {
  let answered = 0;
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(8, 1000), (seed, snapshotEvery) => {
      const simulation = play({ nodes, seed, settings: { snapshotEvery } }, 1000);
      answered += [...simulation.operations.values()].filter(({ isDone }) => isDone).length;
    }),
    { numRuns: 20 },
  );
  // It would be easy to promise nothing.
  expect(answered).toBeGreaterThan(20 * 20);
});

/** What goes wrong first with each flaw, in so many schedules. */
const found: Readonly<Partial<Record<Flaw, RegExp>>> = {
  quorumOfHalf: /lead in term|applies another entry|without entry/,
  voteForAnyLog: /without entry|applies another entry/,
  appendUnchecked: /part before where they agree|applies another entry/,
  staleReads: /read . as of entry/,
  noSessions: /takes effect at/,
};

test.each(Object.entries(found))('without its rule, %s breaks a promise', (flaw, violation) => {
  const messages: string[] = [];
  for (let seed = 0; seed < 100 && messages.length === 0; seed++) {
    try {
      play({ nodes: 4, seed, flaws: { [flaw]: true } }, 1500);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      messages.push(error.message);
    }
  }
  expect(messages[0]).toMatch(violation);
});
