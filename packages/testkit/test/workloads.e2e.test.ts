/** Each workload against a correct program, on real processes, with faults during the load. */
import { expect, test } from 'vitest';
import {
  appendList,
  bank,
  bankLoad,
  broadcastLoad,
  counterLoad,
  type FunctionProgram,
  idsLoad,
  keyValue,
  lease,
  lockLoad,
  logLoad,
  type Operation,
  registerLoad,
  setLoad,
  startCluster,
  txnLoad,
} from '../src/index.ts';
import '../src/expect/vitest.ts';

test('Raft is linearizable while its leader is isolated', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'raft', seed: 3 });
  await cluster.until(() => cluster.nodes.some(({ role }) => role === 'leader'));
  const load = cluster.load(
    registerLoad({ clients: 3, keys: 2, for: '2s', rate: 150, timeout: '400ms' }),
  );
  await cluster.event('load.begun');
  await cluster.isolate('leader', { for: '1s' });
  const history = await load;
  expect(history).toBeLinearizable(keyValue);
  expect(history.faults!.filter(({ hits }) => hits! > 0)).not.toEqual([]);
  expect(history.operations.filter(({ f, type }) => f === 'cas' && type === 'ok')).not.toEqual([]);
});

test('a quorum register is linearizable while a node is paused', async () => {
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

test('fencing keeps what a lock guards safe when messages take longer than the lease', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'lock', seed: 3 });
  await cluster.link('*').delay('0ms..20ms');
  const load = lockLoad({ clients: 3, keys: 2, operations: 60, leaseMs: 30 });
  const history = await cluster.load(load);
  expect(history).toExclude({ leases: true });
  expect(history).toBeLinearizable(lease);
  expect(history.operations.filter(({ f, type }) => f === 'use' && type === 'ok')).not.toEqual([]);
});

/** Each node runs transactions on its own lists. */
const lists: FunctionProgram = (node) => {
  const values = new Map<unknown, unknown[]>();
  node.on('txn', ({ txn }) => ({
    txn: (txn as [string, string, number | null][]).map(([f, key, value]) => {
      const list = values.get(key) ?? [];
      if (f === 'append') values.set(key, [...list, value]);
      return [f, key, f === 'r' ? (list as number[]) : value];
    }),
  }));
};

test('transactions are serializable on one node, and not on two nodes that share nothing', async () => {
  for (const nodes of [1, 2]) {
    await using cluster = await startCluster({ nodes, program: lists, seed: 3 });
    const history = await cluster.load(txnLoad({ clients: 2, keys: 2, operations: 100 }));
    if (nodes === 1) expect(history).toBeConsistent('strict-serializable');
    else expect(history).not.toBeConsistent('serializable');
  }
});

test('logs keep every message at its offset, though messages are duplicated', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'log', seed: 3 });
  await cluster.link('*').duplicate({ probability: '30%' });
  const load = logLoad({ clients: 3, keys: 2, operations: 100 });
  const history = await cluster.load(load, { converge: true });
  expect(history).toBeLinearizable(appendList);
  expect(history.operations.filter(({ f, type }) => f === 'read' && type === 'ok')).not.toEqual([]);
});

test('a message that is retried until it is acknowledged is appended twice, but once if it is named', async () => {
  for (const named of [false, true]) {
    await using cluster = await startCluster({ nodes: 3, program: 'log', seed: 3 });
    // Lose the first replies of the nodes.
    await cluster.link('*>clients').lose({ first: 6 });
    const options = { clients: 3, keys: 2, operations: 60, timeout: '50ms', polls: 0 };
    const load = logLoad({ ...options, retries: 30, named });
    const history = await cluster.load(load, { converge: true });
    if (named) expect(history).toTakeEffect('exactly once');
    else expect(history).not.toTakeEffect('at most once');
  }
});

test('a log of named messages is linearizable while replies are lost', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'log', seed: 3 });
  await cluster.link('*>clients').lose({ probability: 0.3, type: 'send_ok' });
  const options = { clients: 3, keys: 1, operations: 120, timeout: '50ms', polls: 0.3 };
  const load = logLoad({ ...options, retries: 30, named: true });
  const history = await cluster.load(load, { converge: true });
  const sent = history.operations.filter(({ f }) => f === 'append');
  expect(new Set(sent.map(({ input }) => input)).size).toBe(sent.length);
  expect(history).toBeLinearizable(appendList);
});

test('a history has the events of nodes and the count of messages', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'raft', seed: 3 });
  await cluster.event('leader');
  const load = registerLoad({ clients: 3, operations: 60 });
  const history = await cluster.load(load);
  expect(history).toHaveOneLeader();
  expect(history.messages).toBeGreaterThan(60);
  expect(history).toCost('<= 1000');
  expect(history).not.toCost(1);
});

test('a bank conserves its money while messages are delayed', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'transfer', seed: 3 });
  await cluster.link('*').delay('0ms..5ms');
  const load = bankLoad({ clients: 3, operations: 60 });
  const history = await cluster.load(load, { converge: true });
  const accounts = { a1: 100, a2: 100, a3: 100, a4: 100, a5: 100 };
  expect(history).toConserve(500);
  expect(history).toBeLinearizable(bank({ accounts }));
  const isTransfer = ({ f, type }: Operation): boolean => f === 'transfer' && type === 'ok';
  expect(history.operations.filter(isTransfer)).not.toEqual([]);
});
