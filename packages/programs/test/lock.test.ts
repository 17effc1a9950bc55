import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { type LockOptions, LockService } from '../src/lock/core.ts';
import { Simulation } from './helpers/simulation.ts';

interface Witness {
  /** In the order in which they were given out. */
  readonly tokens: readonly number[];
  /** In the order in which the resource took them. */
  readonly written: readonly number[];
}

/** Clients that acquire, hesitate, and write with whatever token they were given last. */
function run(seed: number, options: LockOptions): Witness {
  const written: number[] = [];
  class Watched extends LockService {
    protected override event(name: string, data: { readonly token?: number } = {}): void {
      super.event(name, data);
      if (name === 'wrote') written.push(data.token!);
    }
  }
  const simulation = new Simulation((self) => new Watched(self, options), {
    ...{ seed, lossPercent: 10, duplicatePercent: 10, crashPercent: 2 },
  });
  const tokens = new Map<string, number>();
  const given: number[] = [];
  for (let i = 0; i < 200; i++) {
    const client = `c${simulation.random(3)}`;
    const node = simulation.pick(simulation.members);
    const token = tokens.get(client);
    if (token === undefined || simulation.random(3) === 0) {
      const body = { type: 'acquire', key: 'k', lease: 100 };
      const { reply } = simulation.ask(node, body, client);
      if (reply === undefined) continue;
      tokens.set(client, reply.token as number);
      given.push(reply.token as number);
    } else simulation.ask(node, { type: 'write', key: 'k', token, value: client }, client);
  }
  return { tokens: given, written };
}

const isIncreasing = (list: readonly number[]): boolean =>
  list.every((n, i) => i === 0 || n > list[i - 1]!);
const neverGoesBack = (list: readonly number[]): boolean =>
  list.every((n, i) => i === 0 || n >= list[i - 1]!);

test('tokens grow, and the resource never accepts an older one: loss, duplicates, crashes', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { tokens, written } = run(seed, {});
      expect(tokens.length).toBeGreaterThan(5);
      expect(isIncreasing(tokens)).toBe(true);
      expect(neverGoesBack(written)).toBe(true);
    }),
    { numRuns: draws(15) },
  );
});

test('the checker catches a resource that does not check tokens', () => {
  const seeds = Array.from({ length: 15 }, (_, seed) => seed);
  const goesBack = (seed: number) => !neverGoesBack(run(seed, { fencing: false }).written);
  expect(seeds.some(goesBack)).toBe(true);
});

test('locks are held, released, renewed and expire', () => {
  const simulation = new Simulation((self) => new LockService(self), { nodes: 1, seed: 1 });
  const ask = (client: string, type: string, fields = {}): unknown => {
    const { reply, error } = simulation.ask('n1', { type, key: 'k', ...fields }, client);
    return reply ?? error?.rpcCode;
  };
  expect(ask('c1', 'acquire', { lease: 5000 })).toEqual({ token: 1, lease: 5000 });
  expect(ask('c2', 'acquire')).toBe(11);
  expect(ask('c2', 'release', { token: 7 })).toBe(22);
  simulation.nowMs += 4000;
  expect(ask('c1', 'renew', { token: 1, lease: 5000 })).toEqual({ token: 1, lease: 5000 });
  simulation.nowMs += 4000;
  expect(ask('c2', 'acquire')).toBe(11);
  expect(ask('c1', 'release', { token: 1 })).toEqual({});
  expect(ask('c2', 'acquire', { lease: 10 })).toEqual({ token: 2, lease: 10 });
  simulation.nowMs += 20;
  expect(ask('c2', 'renew', { token: 2, lease: 10 })).toBe(22);
  expect(ask('c1', 'acquire', { lease: 0 })).toBe(12);
  expect(ask('c1', 'acquire')).toMatchObject({ token: 3 });
});
