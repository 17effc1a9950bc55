/** Every fault of nodes can be made in a test, is in the node's status, and is gone once it is undone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../src/index.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, program: 'echo' });
});
afterAll(() => cluster.close());

test('a node has fewer descriptors until that is undone', async () => {
  const n1 = cluster.node('n1');
  const fault = await n1.exhaust(5);
  expect(fault).toMatchObject({ what: 'n1 without descriptors', nodes: ['n1'] });
  expect((await n1.status()).faults).toMatchObject([{ kind: 'exhaust' }]);
  await fault.undo();
  expect((await n1.status()).faults).toEqual([]);
});

test('what is wrong within a node ends when everything is brought together', async () => {
  const n1 = cluster.node('n1');
  await n1.exhaust(5);
  await cluster.converge();
  expect((await n1.status()).faults).toEqual([]);
});
