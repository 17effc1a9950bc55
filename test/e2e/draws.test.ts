/** `random:1`: the node follows from the seed and the number of earlier draws. */
import { expect, test } from 'vitest';
import { TestCluster } from '../helpers/cluster.ts';

test('each command draws once, and a refused one draws nothing', async () => {
  const up = ['--nodes', '5', '--program', 'echo', '--seed', 'draws'];
  await using one = await TestCluster.up(up);
  await using other = await TestCluster.up(up);
  const plain: string[] = [];
  for (let i = 0; i < 6; i++) plain.push((await one.client.resume('random:1')).nodes[0]!.id);
  expect(new Set(plain).size).toBeGreaterThan(1);

  const { client } = other;
  const drawn: string[] = [];
  const acts = [
    () => client.clock('random:1', { jump: '1s' }),
    () => client.crash('random:1', { when: 'sends nothing' }),
    () => client.disk('random:1', { torn: true }),
  ];
  for (const act of [...acts, ...acts]) {
    await expect(client.clock('random:1', { jump: 'far' })).rejects.toThrow();
    await expect(client.start('random:1')).rejects.toThrow();
    await expect(client.disk('random:1', { flip: 'nothing' })).rejects.toThrow();
    await expect(client.call('random:2', { type: 'echo' })).rejects.toThrow();
    drawn.push((await act()).nodes[0]!.id);
  }
  expect(drawn).toEqual(plain);
});
