import { FaultlineError } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { joinAll } from '../src/load/load.ts';

const unaborted = new AbortController().signal;

test('a load gives its clients ten seconds to join the router, and fails with those that did not', async () => {
  const asked: unknown[] = [];
  const cluster = {
    async join(clients: readonly string[], withinMs: number): Promise<void> {
      asked.push([clients, withinMs]);
      throw new FaultlineError('ROUTER_DOWN', 'c2 did not join', { clients: ['c2'] });
    },
  };
  const clients = ['c1', 'c2'];
  await expect(joinAll({ cluster, clients, signal: unaborted })).rejects.toMatchObject({
    code: 'ROUTER_DOWN',
    facts: { clients: ['c2'] },
  });
  expect(asked).toEqual([[clients, 10_000]]);
});

test.each(['before', 'while'])(
  'a load whose cluster is closed %s its clients join waits no longer',
  async (when) => {
    const closing = new AbortController();
    const cluster = { join: () => new Promise<void>(() => {}) };
    if (when === 'before') closing.abort(new Error('closed'));
    const joining = joinAll({ cluster, clients: ['c1'], signal: closing.signal });
    closing.abort(new Error('closed'));
    await expect(joining).rejects.toThrow('closed');
  },
);
