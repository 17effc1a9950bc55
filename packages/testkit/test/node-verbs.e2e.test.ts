/** Faults of nodes in a test: each is in the node's status until it is undone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../src/index.ts';

type Node = ReturnType<TestCluster['node']>;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, program: 'echo' });
});
afterAll(() => cluster.close());

test.each([
  ['slow', (node: Node) => node.slow('50%', { for: '1m' }), 'n1 at 50% of a CPU'],
  ['leak', (node: Node) => node.leak('1MB', { perSecond: '1MB' }), 'n1 leaking 1MB'],
  ['exhaust', (node: Node) => node.exhaust(), 'n1 without descriptors'],
  ['crash', (node: Node) => node.crash('before sync', { after: 2 }), 'n1 to crash: before sync'],
] as const)('%s is in the status of a node until it is undone', async (kind, make, what) => {
  const n1 = cluster.node('n1');
  const fault = await make(n1);
  expect(fault.what).toBe(what);
  expect((await n1.status()).faults).toMatchObject([{ kind }]);
  await fault.undo();
  expect((await n1.status()).faults).toEqual([]);
});

test('a node hangs for the given time, even if the fault is undone', async () => {
  const n1 = cluster.node('n1');
  const fault = await n1.hang('300ms');
  expect(fault.what).toBe('n1 hanging for 300ms');
  await fault.undo();
  expect((await n1.status()).faults).toMatchObject([{ kind: 'hang' }]);
  await cluster.event('node.hung');
  expect((await n1.status()).faults).toEqual([]);
});

test('a node has fewer descriptors until the fault is undone', async () => {
  const n1 = cluster.node('n1');
  const fault = await n1.exhaust(5);
  expect(fault).toMatchObject({ what: 'n1 without descriptors', nodes: ['n1'] });
  expect((await n1.status()).faults).toMatchObject([{ kind: 'exhaust' }]);
  await fault.undo();
  expect((await n1.status()).faults).toEqual([]);
});

test('converge ends the in-process faults of a node', async () => {
  const n1 = cluster.node('n1');
  await n1.exhaust(5);
  await cluster.converge();
  expect((await n1.status()).faults).toEqual([]);
});

test('a node is paused until the fault is undone', async () => {
  const n1 = cluster.node('n1');
  const fault = await n1.pause();
  expect(fault.what).toBe('n1 paused');
  expect((await n1.status()).state).toBe('paused');
  await fault.undo();
  expect((await n1.status()).state).toBe('ready');
});
