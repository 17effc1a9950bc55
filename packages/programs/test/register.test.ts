import { checkLinearizable, register } from '@faultline/history';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import {
  isNewer,
  majority,
  Register,
  type RegisterOptions,
  type Tag,
} from '../src/register/core.ts';
import { registerOperations } from './helpers/operations.ts';
import { type Outcome, Simulation } from './helpers/simulation.ts';

const tag: fc.Arbitrary<Tag> = fc.record({
  count: fc.nat(3),
  writer: fc.constantFrom('n1.1.1', 'n1.1.2', 'n2.1.1'),
});

test('tags have one order, and two different ones are never equal in it', () => {
  fc.assert(
    fc.property(tag, tag, tag, (a, b, c) => {
      const isSame = a.count === b.count && a.writer === b.writer;
      expect(Number(isNewer(a, b)) + Number(isNewer(b, a))).toBe(isSame ? 0 : 1);
      if (isNewer(a, b) && isNewer(b, c)) expect(isNewer(a, c)).toBe(true);
    }),
  );
});

test('two majorities have a node in common', () => {
  for (let n = 1; n < 100; n++) expect(2 * majority(n)).toBeGreaterThan(n);
});

/** Five clients on one key: each asks any node, waits, and asks again. */
function run(seed: number, options: RegisterOptions, crashPercent: number): Outcome[] {
  const simulation = new Simulation((self) => new Register(self, options), {
    ...{ nodes: 4, seed, lossPercent: 40, duplicatePercent: 10, crashPercent },
  });
  const latest = new Map<string, Outcome>();
  for (let i = 0; i < 2500; i++) {
    if (i % 200 === 0) simulation.partition(...(i % 400 === 0 ? [] : [['n1', 'n2', 'n3'], ['n4']]));
    const client = `c${simulation.random(5)}`;
    const before = latest.get(client);
    const isFree = before === undefined || before.endedMs !== null;
    // A client without an answer for long has given up, and becomes a new client.
    if (isFree || simulation.nowMs - before.invokedMs > 2000) {
      const isRead = simulation.random(4) > 0;
      const body = isRead ? { type: 'read', key: 'x' } : { type: 'write', key: 'x', value: i };
      latest.set(client, simulation.invoke(client, simulation.pick(simulation.members), body));
    }
    simulation.step();
  }
  return simulation.outcomes;
}

const verdict = (seed: number, options: RegisterOptions, crashPercent = 1): string =>
  checkLinearizable(registerOperations(run(seed, options, crashPercent)), register).verdict;

test('every history is linearizable: loss, duplicates, crashes, a partition', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(verdict(seed, {})).toBe('ok');
    }),
    { numRuns: draws(40) },
  );
});

test('most requests are still answered', () => {
  const answered = run(7, {}, 1).filter(({ reply, error }) => reply ?? error?.rpcCode === 20);
  expect(answered.length).toBeGreaterThan(20);
});

test.each<[string, RegisterOptions]>([
  ['a quorum of half the nodes', { quorum: (n) => n / 2 }],
  ['reads that give back nothing', { writeBack: false }],
])('%s is found out', (_, options) => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);
  expect(seeds.some((seed) => verdict(seed, options) === 'violated')).toBe(true);
});
