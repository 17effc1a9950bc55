/** The first steps of a new user, as in the README. */
import { expect, test } from 'vitest';
import { TestCluster, until } from '../helpers/cluster.ts';

async function read(cluster: TestCluster, node: string): Promise<unknown> {
  return (await cluster.client.call(node, { type: 'read', key: 'x' })).body.value;
}

test('during a partition both sides answer, one of them with old data; after healing they agree', async () => {
  await using cluster = await TestCluster.up();
  expect(cluster.status.nodes.map(({ state }) => state)).toEqual(Array(5).fill('ready'));

  await cluster.run('call', 'n1', 'write', 'key=x', 'value=1');
  await until(async () => (await read(cluster, 'n4')) === 1, 'the first write has reached n4');
  await cluster.run('partition', 'n1,n2 | n3,n4,n5');
  await cluster.run('call', 'n1', 'write', 'key=x', 'value=2');
  await until(async () => (await read(cluster, 'n2')) === 2, 'the second write has reached n2');
  expect(await read(cluster, 'n4')).toBe(1);
  const cut = await cluster.client.trace({ fate: 'cut', src: 'n1', type: 'entries' });
  expect(cut.map(({ dest }) => dest).sort()).toEqual(['n3', 'n4', 'n5']);

  await cluster.run('heal');
  for (const node of ['n3', 'n4', 'n5']) {
    await until(async () => (await read(cluster, node)) === 2, `${node} has caught up`);
  }
});

test.each([
  { order: 'wall', winner: 'old', why: 'the clock that ran ahead beats the newer write' },
  { order: 'hybrid', winner: 'new', why: 'the write that came later wins' },
])('with order=$order, $why', async ({ order, winner }) => {
  await using cluster = await TestCluster.up(['--set', `order=${order}`]);
  await cluster.run('clock', 'n5', '--jump', '+1h');
  await cluster.run('call', 'n5', 'write', 'key=x', 'value=old');
  await until(async () => (await read(cluster, 'n1')) === 'old', 'n1 knows of the first write');
  await cluster.run('call', 'n1', 'write', 'key=x', 'value=new');
  // n5 has the newer write by now or rejects it: read until all nodes agree.
  await until(async () => {
    const values = await Promise.all(
      ['n1', 'n2', 'n3', 'n4', 'n5'].map((node) => read(cluster, node)),
    );
    return values.every((value) => value === winner);
  }, `all nodes read ${winner}`);
});

test('paused, killed, resumed and started nodes are shown in their actual state', async () => {
  await using cluster = await TestCluster.up();
  await cluster.run('pause', 'n3');
  await cluster.run('kill', 'n4');
  const { stdout } = await cluster.run('status');
  expect(stdout).toMatch(/^n3 +paused/m);
  expect(stdout).toMatch(/^n4 +crashed.*killed on request/m);
  await cluster.run('resume', 'n3');
  await cluster.run('start', 'n4');
  const after = (await cluster.client.status()).nodes;
  expect(after.map(({ state }) => state)).toEqual(Array(5).fill('ready'));
  expect(after.map(({ incarnation }) => incarnation)).toEqual([1, 1, 1, 2, 1]);
});
