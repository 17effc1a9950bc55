import { bank as bankModel, checkLinearizable, type Operation } from '@faultline/history';
import type { Body, Json } from '@faultline/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import type { Machine, Self } from '../src/common/machine.ts';
import { accountsOf, type Bank } from '../src/transfer/accounts.ts';
import { TwoPhase, type TwoPhaseOptions } from '../src/transfer/core.ts';
import { Saga, type SagaOptions } from '../src/transfer/saga.ts';
import { type Outcome, Simulation, type SimulationOptions } from './helpers/simulation.ts';

const bank: Bank = { accounts: 4, balance: 10 };
const total = 40;
const twoPhase =
  (options: TwoPhaseOptions = {}) =>
  (self: Self): Machine =>
    new TwoPhase(self, bank, options);
const saga =
  (options: SagaOptions = {}) =>
  (self: Self): Machine =>
    new Saga(self, bank, options);

const rough = { lossPercent: 15, duplicatePercent: 10, crashPercent: 1 };

function play(make: (self: Self) => Machine, options: SimulationOptions) {
  const simulation = new Simulation(make, options);
  const latest = new Map<string, Outcome>();
  for (let i = 0; i < 1500; i++) {
    if (i % 200 === 0) simulation.partition(...(i % 800 === 600 ? [['n1', 'n2'], ['n3']] : []));
    const client = `c${simulation.random(3)}`;
    const before = latest.get(client);
    const isFree = before === undefined || before.endedMs !== null;
    if (isFree || simulation.nowMs - before.invokedMs > 2000) {
      const [from, to] = [simulation.random(4), simulation.random(3)];
      const accounts = accountsOf(bank);
      const others = accounts.filter((_, at) => at !== from);
      const transfer = { type: 'transfer', from: accounts[from]!, to: others[to]! };
      const body: Body =
        simulation.random(3) === 0
          ? { type: 'read' }
          : { ...transfer, amount: 1 + simulation.random(7) };
      latest.set(client, simulation.invoke(client, simulation.pick(simulation.members), body));
    }
    simulation.step();
  }
  simulation.calm();
  simulation.steps(1500);
  const { reply } = simulation.ask('n1', { type: 'read' });
  return { outcomes: simulation.outcomes, final: reply?.value as Record<string, number> };
}

const sum = (balances: Record<string, number>): number =>
  Object.values(balances).reduce((a, b) => a + b, 0);

const operations = (outcomes: readonly Outcome[]): Operation[] =>
  outcomes.map(({ client, node, body, invokedMs, endedMs, reply, error }, index) => {
    const isDefinite = reply !== undefined || error?.isDefinite === true;
    const { type: f, ...input } = body;
    return {
      ...{ index, process: client, f, node, invokedMs, input: input as Json },
      type: reply !== undefined ? 'ok' : isDefinite ? 'fail' : 'info',
      endedMs: isDefinite ? endedMs : null,
      ...(reply === undefined ? {} : { output: (f === 'read' ? reply.value : null) as Json }),
      ...(error === undefined ? {} : { error: { code: error.rpcCode, text: error.message } }),
    };
  });

const accounts = Object.fromEntries(accountsOf(bank).map((account) => [account, bank.balance]));

test('two-phase commit is linearizable: loss, duplicates, crashes, a partition', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { outcomes, final } = play(twoPhase(), { seed, ...rough });
      expect(sum(final)).toBe(total);
      expect(outcomes.filter(({ reply }) => reply !== undefined).length).toBeGreaterThan(5);
      const { verdict, explanation } = checkLinearizable(
        operations(outcomes),
        bankModel({ accounts }),
      );
      expect({ verdict, explanation }).toMatchObject({ verdict: 'ok' });
    }),
    { numRuns: draws(20) },
  );
});

test('a participant that decides on its own makes or loses money', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  const make = twoPhase({ participantsGiveUp: true });
  const isWrong = (seed: number) =>
    sum(play(make, { seed, ...rough, lossPercent: 40 }).final) !== total;
  expect(seeds.some(isWrong)).toBe(true);
});

test('sagas keep the money in the end, and no transfer that failed took effect', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { outcomes, final } = play(saga(), { seed, ...rough });
      expect(sum(final)).toBe(total);
      expect(outcomes.filter(({ reply }) => reply !== undefined).length).toBeGreaterThan(5);
      const isUnknown = outcomes.some(
        ({ body, reply, error }) => body.type === 'transfer' && !reply && !error?.isDefinite,
      );
      if (isUnknown) return;
      const expected: Record<string, number> = { ...accounts };
      for (const { body, reply } of outcomes) {
        if (body.type !== 'transfer' || reply === undefined) continue;
        expected[body.from as string]! -= body.amount as number;
        expected[body.to as string]! += body.amount as number;
      }
      expect(final).toEqual(expected);
    }),
    { numRuns: draws(20) },
  );
});

test.each([
  ['two-phase commit', twoPhase()],
  ['saga', saga()],
])('%s: what is over needs no room', (_, make) => {
  const simulation = new Simulation(make, { seed: 1 });
  for (let i = 0; i < 100; i++) {
    const [from, to] = i % 2 === 0 ? ['a1', 'a2'] : ['a2', 'a1'];
    simulation.ask('n1', { type: 'transfer', from, to, amount: 1 });
  }
  simulation.steps(200);
  for (const node of simulation.members) {
    simulation.compact(node);
    const left = simulation.recordsOf(node);
    expect(left).toHaveLength(1);
    expect(JSON.stringify(left).length).toBeLessThan(300);
    simulation.crash(node);
  }
  const balances = { a1: 10, a2: 10, a3: 10, a4: 10 };
  expect(simulation.ask('n2', { type: 'read' }).reply?.value).toEqual(balances);
});

test('a saga without compensation loses money', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const make = saga({ compensates: false });
  const isWrong = (seed: number) =>
    sum(play(make, { seed, ...rough, lossPercent: 40 }).final) !== total;
  expect(seeds.some(isWrong)).toBe(true);
});

test.each([
  ['two-phase commit', twoPhase()],
  ['saga', saga()],
])('%s refuses what cannot be', (_, make) => {
  const simulation = new Simulation(make, { seed: 1 });
  const code = (fields: object): number | undefined =>
    simulation.ask('n2', { type: 'transfer', from: 'a1', to: 'a2', amount: 1, ...fields }).error
      ?.rpcCode;
  expect(code({ amount: 11 })).toBe(22);
  expect(code({ to: 'a9' })).toBe(20);
  expect(code({ to: 'a1' })).toBe(12);
  expect(code({ amount: -1 })).toBe(12);
  expect(code({})).toBeUndefined();
  simulation.steps(200);
  expect(simulation.ask('n1', { type: 'read' }).reply).toEqual({
    value: { a1: 9, a2: 11, a3: 10, a4: 10 },
  });
});
