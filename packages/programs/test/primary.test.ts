import { checkLinearizable, register } from '@faultline/history';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { Primary, type PrimaryOptions } from '../src/primary/core.ts';
import { registerOperations } from './helpers/operations.ts';
import { type Outcome, Simulation } from './helpers/simulation.ts';

const bodyOf = (kind: number, value: number) =>
  [
    { type: 'read', key: 'x' },
    { type: 'write', key: 'x', value: value % 4 },
    { type: 'cas', key: 'x', from: value % 3, to: (value + 1) % 4 },
  ][kind]!;

function run(seed: number, options: PrimaryOptions, crashPercent = 1): Outcome[] {
  const simulation = new Simulation((self) => new Primary(self, options), {
    ...{ seed, lossPercent: 10, duplicatePercent: 10, crashPercent },
  });
  const latest = new Map<string, Outcome>();
  for (let i = 0; i < 1500; i++) {
    if (i % 200 === 0) simulation.partition(...(i % 800 === 600 ? [['n1', 'n2'], ['n3']] : []));
    const client = `c${simulation.random(4)}`;
    const before = latest.get(client);
    const isFree = before === undefined || before.endedMs !== null;
    if (isFree || simulation.nowMs - before.invokedMs > 2000) {
      const body = bodyOf(simulation.random(3), i);
      latest.set(client, simulation.invoke(client, simulation.pick(simulation.members), body));
    }
    simulation.step();
  }
  return simulation.outcomes;
}

test('every history is linearizable: loss, duplicates, crashes, a partition', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const operations = registerOperations(run(seed, {}));
      expect(operations.filter(({ type }) => type === 'ok').length).toBeGreaterThan(5);
      expect(checkLinearizable(operations, register).verdict).toBe('ok');
    }),
    { numRuns: draws(30) },
  );
});

const started = (options: PrimaryOptions, seed: number, lossPercent = 0): Simulation<Primary> => {
  const simulation = new Simulation((self) => new Primary(self, options), { seed, lossPercent });
  simulation.steps(200);
  return simulation;
};

test('every acknowledged change is on every disk', () => {
  const simulation = started({}, 3, 20);
  const { reply } = simulation.ask('n1', { type: 'write', key: 'x', value: 'a' });
  expect(reply).toEqual({});
  for (const node of simulation.members) {
    expect(JSON.stringify(simulation.recordsOf(node))).toContain('"to":"a"');
  }
});

/** A cas whose answer was lost, asked again by its client under the same name. */
function again(options: PrimaryOptions): unknown {
  const simulation = started(options, 5);
  simulation.ask('n1', { type: 'write', key: 'x', value: 1 });
  const cas = { type: 'cas', key: 'x', from: 1, to: 2, request: 'c1/1' };
  simulation.ask('n1', cas);
  for (const node of simulation.members) simulation.crash(node);
  simulation.steps(300);
  const { reply, error } = simulation.ask('n2', cas);
  return reply ?? error?.rpcCode;
}

test('a retry under the same request name gets the first answer, even across restarts', () => {
  expect(again({})).toEqual({});
  expect(again({ rememberRequests: false })).toBe(22);
});

test('a change waits while a backup is cut off, and is committed when it is back', () => {
  const simulation = started({}, 1);
  simulation.ask('n1', { type: 'write', key: 'x', value: 'old' });
  simulation.partition(['n1', 'n2'], ['n3']);
  const { error } = simulation.ask('n2', { type: 'write', key: 'x', value: 'new' });
  expect(error).toMatchObject({ rpcCode: 0 });
  expect(simulation.ask('n2', { type: 'read', key: 'x' }).reply).toEqual({ value: 'old' });
  simulation.calm();
  simulation.steps(300);
  expect(simulation.ask('n2', { type: 'read', key: 'x' }).reply).toEqual({ value: 'new' });
});

test('a compacted log keeps its length, and a wiped backup gets all of it', () => {
  const simulation = started({}, 3);
  for (let value = 1; value <= 20; value++) {
    simulation.ask('n1', { type: 'write', key: `k${value % 3}`, value });
  }
  const cas = { type: 'cas', key: 'k0', from: 0, to: 1 };
  expect(simulation.ask('n1', { ...cas, request: 'c1/1' }).error).toMatchObject({ rpcCode: 22 });
  expect(simulation.ask('n1', cas).error).toMatchObject({ rpcCode: 22 });
  // A backup learns with the next change that the one before it is committed.
  simulation.ask('n1', cas);
  for (const node of simulation.members) {
    simulation.compact(node);
    expect(simulation.recordsOf(node).length).toBeLessThan(8);
    simulation.crash(node);
  }
  simulation.wipe('n3');
  simulation.steps(500);
  for (const [key, value] of Object.entries({ k0: 18, k1: 19, k2: 20 })) {
    expect(simulation.ask('n2', { type: 'read', key }).reply).toEqual({ value });
  }
  expect(simulation.ask('n2', { ...cas, to: 2, request: 'c1/1' }).error).toMatchObject({
    rpcCode: 22,
  });
  expect(simulation.ask('n2', { type: 'write', key: 'k0', value: 21 }).reply).toEqual({});
  expect(simulation.events).toEqual([]);
  expect(simulation.recordsOf('n3').length).toBeGreaterThanOrEqual(5);
});

test('a primary whose disk was wiped refuses requests', () => {
  const simulation = started({}, 1);
  const read = { type: 'read', key: 'x' };
  expect(simulation.ask('n2', { type: 'write', key: 'x', value: 1 }).reply).toEqual({});
  simulation.wipe('n1');
  expect(simulation.ask('n1', read).error).toMatchObject({ rpcCode: 11 });
  simulation.steps(200);
  expect(simulation.ask('n2', read).error).toMatchObject({ rpcCode: 11 });
  const { error } = simulation.ask('n2', { type: 'write', key: 'x', value: 2 });
  expect(error).toMatchObject({ rpcCode: 11 });
  expect(simulation.events.filter(({ name }) => name === 'primary.lost')).toHaveLength(2);
});
