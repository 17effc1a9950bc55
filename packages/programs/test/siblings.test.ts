import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { Siblings } from '../src/siblings/core.ts';
import { contextOf, type Past, sync, type Version, written } from '../src/siblings/versions.ts';
import { Simulation } from './helpers/simulation.ts';

interface Change {
  readonly kind: 'write' | 'read' | 'merge';
  readonly at: number;
  readonly other: number;
}

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('write', 'read', 'merge'),
    at: fc.nat(2),
    other: fc.nat(2),
  }),
  { maxLength: 40 },
);

const sorted = (list: Iterable<number>): number[] => [...list].sort((a, b) => a - b);

/** Who reads these values has seen them, and what their writers had seen. */
const seenWith = (values: readonly number[], seenByWriter: readonly Set<number>[]): Set<number> =>
  new Set(values.flatMap((value) => [value, ...seenByWriter[value]!]));

/** The writes that no other writer had seen. */
const newestOf = (seenByWriter: readonly Set<number>[]): number[] =>
  [...seenByWriter.keys()].filter((write) => !seenByWriter.some((seen) => seen.has(write)));

/** Three replicas and three clients, who know beside their contexts the very writes they have seen. */
function play(list: readonly Change[]) {
  const replicas: (readonly Version[])[] = [[], [], []];
  const contexts: Past[] = [{}, {}, {}];
  const seenBy: Set<number>[] = [new Set(), new Set(), new Set()];
  const seenByWriter: Set<number>[] = [];
  for (const { kind, at, other } of list) {
    if (kind === 'merge') {
      replicas[at] = sync(replicas[at]!, replicas[other]!);
      continue;
    }
    if (kind === 'write') {
      const value = seenByWriter.length;
      replicas[at] = written(replicas[at]!, { start: `n${at}.1`, past: contexts[other]!, value });
      seenByWriter.push(seenBy[other]!);
    }
    contexts[other] = contextOf(replicas[at]!);
    seenBy[other] = seenWith(
      replicas[at]!.map(({ value }) => value as number),
      seenByWriter,
    );
  }
  return { replicas, seenByWriter };
}

test('synchronising is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const [a, b, c] = play(list).replicas as [Version[], Version[], Version[]];
      expect(sync(a, b)).toEqual(sync(b, a));
      expect(sync(sync(a, b), c)).toEqual(sync(a, sync(b, c)));
      expect(sync(a, a)).toEqual(a);
    }),
  );
});

test('the siblings are exactly the writes that no other writer had seen', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const { replicas, seenByWriter } = play(list);
      const values = replicas.reduce((a, b) => sync(a, b)).map(({ value }) => value as number);
      expect(sorted(values)).toEqual(newestOf(seenByWriter));
    }),
  );
});

test('all nodes have the same siblings in the end and none is lost: loss, duplicates, crashes, a partition', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const simulation = new Simulation((self) => new Siblings(self), {
        ...{ seed, lossPercent: 20, duplicatePercent: 20, crashPercent: 2 },
      });
      simulation.partition(['n1', 'n2'], ['n3']);
      const seenByWriter: Set<number>[] = [];
      let context = {};
      let seen = new Set<number>();
      for (let value = 0; value < 20; value++) {
        const node = simulation.pick(simulation.members);
        const isBlind = value % 4 === 0;
        const body = { type: 'write', key: 'x', value, context: isBlind ? {} : context };
        const reply = simulation.ask(node, body).reply!;
        seenByWriter.push(isBlind ? new Set() : seen);
        context = reply.context!;
        seen = seenWith(reply.values as number[], seenByWriter);
        simulation.steps(5);
      }
      simulation.calm();
      simulation.steps(1500);
      for (const node of simulation.members) {
        const { values } = simulation.ask(node, { type: 'read', key: 'x' }).reply!;
        expect(sorted(values as number[])).toEqual(newestOf(seenByWriter));
      }
    }),
    { numRuns: draws(15) },
  );
});
