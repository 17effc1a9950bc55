import type { Stamps, TraceEvent } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildRun, compareOrders, type Lies, type Run } from '../src/index.ts';
import { countInversions } from '../src/inversions.ts';
import { eachPair, executions, executionsWith, info, reachability } from './helpers/execution.ts';

const build = (facts: readonly TraceEvent[]): Run =>
  buildRun({ run: info, facts, events: [], history: [] }, { keepVectors: true });

test('counting inversions equals comparing every pair', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 })), (values) => {
      let expected = 0;
      eachPair(values.length, (a, b) => {
        if (a < b && values[a]! > values[b]!) expected++;
      });
      expect(countInversions(Float64Array.from(values))).toBe(expected);
    }),
  );
});

test('lies, pairs and the worst lie equal those found by comparing every pair', () => {
  fc.assert(
    fc.property(executions, ({ facts, steps }) => {
      const { acrossNodes, withinNodes, messages } = compareOrders(build(facts));
      const [across, within, sent] = [0, 0, 0].map(() => ({ pairs: 0, lies: 0, worstMs: 0 }));
      eachPair(steps.length, (a, b) => {
        const [first, second] = [steps[a]!, steps[b]!];
        if (first.wallMs === null || second.wallMs === null) return;
        const byMs = first.wallMs - second.wallMs;
        const count = (into: typeof sent): void => {
          into!.pairs++;
          if (byMs > 0) into!.lies++;
          into!.worstMs = Math.max(into!.worstMs, byMs);
        };
        if (first.atMs < second.atMs) count(first.name === second.name ? within : across);
        if (second.cause === a) count(sent);
      });
      const found = ({ pairs, lies, worst }: Lies): unknown => ({
        pairs,
        lies,
        worstMs: worst?.byMs ?? 0,
      });
      expect(found(acrossNodes)).toEqual(across);
      expect(found(withinNodes)).toEqual(within);
      expect(found(messages)).toEqual(sent);
    }),
  );
});

test('logical clocks keep their promises, whatever the wall clocks do', () => {
  fc.assert(
    fc.property(executions, ({ facts }) => {
      const { lamport, hybrid, vector, hybridDistance } = compareOrders(build(facts));
      expect(lamport).toMatchObject({ broken: 0, counterexample: null });
      expect(hybrid).toMatchObject({ broken: 0, counterexample: null });
      expect(vector?.broken ?? 0).toBe(0);
      expect(hybridDistance.behind).toBe(0);
    }),
  );
});

test('all carried vectors are compared if the recording is complete', () => {
  fc.assert(
    fc.property(executions, ({ facts, steps }) => {
      const stamped = steps.filter(({ stamps }) => stamps !== null).length;
      const { vector } = compareOrders(build(facts));
      if (stamped === 0) expect(vector).toBeNull();
      else expect(vector).toMatchObject({ isWhole: true, checked: stamped });
    }),
  );
});

/** Changes the stamps of one step, in every record that repeats them. Returns which, before and after. */
function tamper(
  facts: readonly TraceEvent[],
  which: number,
  change: (stamps: Stamps) => Stamps,
): { facts: TraceEvent[]; old: Stamps | undefined; changed: Stamps | undefined } {
  const stamps = facts.flatMap((fact) => ('stamps' in fact && fact.stamps ? [fact.stamps] : []));
  const old = stamps[which % Math.max(1, stamps.length)];
  if (old === undefined) return { facts: [...facts], old, changed: undefined };
  const changed = change(old);
  return {
    facts: facts.map((fact) =>
      'stamps' in fact && fact.stamps === old ? { ...fact, stamps: changed } : fact,
    ),
    old,
    changed,
  };
}

// Only the Lamport clock orders two steps of a process at the same moment.
const apart = executionsWith({ gapMsMin: 1 });

test('a clock that breaks its promise for any pair is caught, with a pair as evidence', () => {
  fc.assert(
    fc.property(apart, fc.nat(), fc.nat({ max: 30 }), (execution, which, lamport) => {
      const { facts, old, changed } = tamper(execution.facts, which, (stamps) => ({
        ...stamps,
        lamport,
      }));
      const steps = execution.steps.map(({ stamps, ...step }) => ({
        ...step,
        lamport: stamps === null ? null : (stamps === old ? changed! : stamps).lamport,
      }));
      const hasClock = (index: number): boolean => steps[index]!.lamport !== null;
      // No order is promised through a client.
      const isReachable = reachability(
        steps.map(({ previous, cause }) => ({
          previous,
          cause: cause >= 0 && hasClock(cause) ? cause : -1,
        })),
      );
      let isBroken = false;
      eachPair(steps.length, (a, b) => {
        if (!hasClock(a) || !hasClock(b) || !isReachable(a, b)) return;
        if (steps[a]!.lamport! >= steps[b]!.lamport!) isBroken = true;
      });
      const run = build(facts);
      const report = compareOrders(run).lamport;
      expect(report.broken > 0).toBe(isBroken);
      if (report.counterexample === null) return;
      const { first, second } = report.counterexample;
      expect(run.steps.lamport.get(first)).toBeGreaterThanOrEqual(run.steps.lamport.get(second));
    }),
  );
});

test('a vector that counts more than its sender can know is shown beside the correct one', () => {
  fc.assert(
    fc.property(executions, fc.nat(), (execution, which) => {
      const { facts, old } = tamper(execution.facts, which, (stamps) => ({
        ...stamps,
        vector: { ...stamps.vector, n9: 3 },
      }));
      fc.pre(old !== undefined);
      const { vector } = compareOrders(build(facts));
      expect(vector!.broken).toBeGreaterThan(0);
      expect(vector!.counterexample!.carried.n9).toBe(3);
      expect(vector!.counterexample!.computed.n9).toBeUndefined();
    }),
  );
});
