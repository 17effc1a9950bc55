import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildRun, HappenedBefore, type Run } from '../src/index.ts';
import { type Execution, eachPair, executions, info, reachability } from './helpers/execution.ts';

const build = ({ facts }: Pick<Execution, 'facts'>): Run =>
  buildRun({ run: info, facts, events: [], history: [] });

/** The run's steps in the order of the execution's. */
function stepsOf(run: Run, { steps }: Execution): number[] {
  return steps.map(({ name, incarnation, place }) => run.process(name, incarnation).steps[place]!);
}

test('a run has every step of the execution, each at its position and time', () => {
  fc.assert(
    fc.property(executions, (execution) => {
      const run = build(execution);
      expect(run.stepCount).toBe(execution.steps.length);
      const steps = stepsOf(run, execution);
      steps.forEach((step, index) => {
        const { atMs, wallMs, cause } = execution.steps[index]!;
        expect(run.steps.atMs.get(step)).toBe(atMs);
        expect(run.steps.wallMs.get(step)).toEqual(wallMs ?? Number.NaN);
        expect(run.cause(step)).toBe(cause < 0 ? -1 : steps[cause]);
      });
    }),
  );
});

test('isBefore is reachability along program order and messages', () => {
  fc.assert(
    fc.property(executions, (execution) => {
      const run = build(execution);
      const steps = stepsOf(run, execution);
      const isReachable = reachability(execution.steps);
      const before = new HappenedBefore(run);
      eachPair(steps.length, (a, b) => {
        if (before.isBefore(steps[a]!, steps[b]!) !== isReachable(a, b)) {
          expect.unreachable(`${a} and ${b}`);
        }
      });
    }),
  );
});

test('the vectors of one pass equal those of walking back from each step', () => {
  fc.assert(
    fc.property(executions, (execution) => {
      const run = build(execution);
      const before = new HappenedBefore(run);
      const seen = new Set<number>();
      before.each((step, vector) => {
        seen.add(step);
        expect(vector).toEqual(new HappenedBefore(run).vectorOf(step));
      });
      expect(seen.size).toBe(run.stepCount);
    }),
  );
});

test('vectors that count only some steps keep the order among them', () => {
  fc.assert(
    fc.property(executions, fc.integer({ min: 2, max: 4 }), (execution, nth) => {
      const run = build(execution);
      const steps = stepsOf(run, execution);
      const chosen = new Set(steps.filter((_, index) => index % nth === 0));
      const vectors = new Map<number, Uint32Array>();
      new HappenedBefore(run).each((step, vector) => vectors.set(step, vector.slice()), {
        counts: (step) => chosen.has(step),
      });
      expect([...vectors.keys()].sort()).toEqual([...chosen].sort());
      const isReachable = reachability(execution.steps);
      eachPair(steps.length, (a, b) => {
        const [first, second] = [vectors.get(steps[a]!), vectors.get(steps[b]!)];
        if (first === undefined || second === undefined) return;
        const isLess = first.every((count, process) => count <= second[process]!);
        if (isLess !== isReachable(a, b)) expect.unreachable(`${a} and ${b}`);
      });
    }),
  );
});

test('a run is the same whichever file is read first', () => {
  fc.assert(
    fc.property(executions, (execution) => {
      const isRouters = ({ kind }: { kind: string }): boolean => kind === 'fate' || kind === 'link';
      const routers = execution.facts.filter(isRouters);
      const nodes = execution.facts.filter((fact) => !isRouters(fact));
      const claims = (run: Run): unknown =>
        stepsOf(run, execution).map((step) => {
          const cause = run.cause(step);
          return [run.kind(step), cause < 0 ? null : run.id(run.steps.message.get(cause))];
        });
      const expected = claims(build(execution));
      expect(claims(build({ facts: [...nodes, ...routers] }))).toEqual(expected);
      expect(claims(build({ facts: [...routers, ...nodes] }))).toEqual(expected);
    }),
  );
});
