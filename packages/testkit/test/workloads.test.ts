/** Each workload against a right program, on real processes, with something wrong meanwhile. */
import { expect, test } from 'vitest';
import {
  broadcastLoad,
  counterLoad,
  idsLoad,
  keyValue,
  registerLoad,
  setLoad,
  startCluster,
} from '../src/index.ts';
import '../src/expect/vitest.ts';

test('Raft is linearizable while its leader is cut off, and answers most of what it is asked', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'raft', seed: 3 });
  await cluster.until(() => cluster.nodes.some(({ role }) => role === 'leader'));
  const load = cluster.load(
    registerLoad({ clients: 3, keys: 2, for: '2s', rate: 150, timeout: '400ms' }),
  );
  await cluster.until(async () => (await cluster.trace({ type: 'write' })).length > 3);
  await cluster.isolate('leader', { for: '1s' });
  const history = await load;
  expect(history).toBeLinearizable(keyValue);
  expect(history.faults!.filter(({ hits }) => hits! > 0)).not.toEqual([]);
  expect(history.operations.filter(({ f, type }) => f === 'cas' && type === 'ok')).not.toEqual([]);
});

test('a register by quorums is linearizable while a node is paused', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'register', seed: 3 });
  await cluster.node('n3').pause();
  const history = await cluster.load(
    registerLoad({ clients: 2, keys: 2, operations: 100, cas: 0 }),
  );
  expect(history).toBeLinearizable(keyValue);
  expect(history).toBeAvailable('100%', { refusalsCount: true });
  expect(history).toBeQuick({ '100%': '1s' });
});

test('a set and a broadcast lose nothing, and converge after a partition', async () => {
  for (const [program, load] of [
    ['set', setLoad({ clients: 3, operations: 60 })],
    ['broadcast', broadcastLoad({ clients: 3, operations: 60 })],
  ] as const) {
    await using cluster = await startCluster({ nodes: 3, program, seed: 3 });
    await cluster.partition('n1 | n2,n3');
    const history = await cluster.load(load, { converge: true });
    expect(history, program).toLoseNothing();
    expect(history, program).toConverge({ within: '10s' });
  }
});

test('a counter counts each add once, though messages are duplicated', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'counter', seed: 3 });
  await cluster.link('*').duplicate({ probability: '50%' });
  const load = counterLoad({ clients: 3, operations: 60, decrements: true });
  const history = await cluster.load(load, { converge: true });
  expect(history).toCount({ reads: 'final' });
  expect(history).toConverge();
});

test('ids are unique while clocks jump back, and not when they come from clocks', async () => {
  const jumped = async (settings: Record<string, string>) => {
    await using cluster = await startCluster({ nodes: 1, program: 'ids', seed: 3, settings });
    await cluster.node('all').clock.freeze();
    const before = await cluster.load(idsLoad({ clients: 2, operations: 20 }));
    await cluster.node('n1').restart();
    const after = await cluster.load(idsLoad({ clients: 2, operations: 20 }));
    const operations = [...before.operations, ...after.operations];
    return { operations: operations.map((each, index) => ({ ...each, index })) };
  };
  expect(await jumped({})).toBeUnique();
  expect(await jumped({ by: 'clock' })).not.toBeUnique();
});
