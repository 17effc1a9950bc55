/** How soon nodes are back after the router died. These tests run alone, because they measure time. */
import { expect, test } from 'vitest';
import { killRouter, TestCluster } from '../helpers/cluster.ts';

const echo = (cluster: TestCluster, text: string): Promise<unknown> =>
  cluster.client.call('n1', { type: 'echo', text }).then(({ body }) => body.text);

test('after the router was killed, nodes are back within a second, calls continue and rules hold', async () => {
  await using cluster = await TestCluster.up(['--nodes', '3', '--program', 'echo']);
  await echo(cluster, 'before');
  await cluster.client.addRules([
    { kind: 'loss', links: 'c1>n2', settings: { probability: '100%' } },
  ]);
  const died = cluster.event('router.crashed');
  await killRouter(cluster);
  const ups = await Promise.all(
    ['n1', 'n2', 'n3'].map(async (id) => {
      const { atMs } = await died;
      return cluster.event('link.up', (event) => event.node === id && event.atMs > atMs);
    }),
  );
  const { atMs } = await died;
  for (const up of ups) expect(up.atMs - atMs).toBeLessThan(1000);
  expect(await echo(cluster, 'after')).toBe('after');
  await expect(
    cluster.client.call('n2', { type: 'echo' }, { timeout: '300ms' }),
  ).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  const [lost] = await cluster.client.trace({ fate: 'lost', dest: 'n2' });
  expect(lost).toMatchObject({ src: 'c1', rules: ['r1'] });
  const { router } = await cluster.client.status();
  expect(router).toMatchObject({ state: 'ready', restarts: 1, port: cluster.status.router.port });
});

test('nodes are back within a second even when the router is killed repeatedly', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  let seq = 0;
  for (let times = 1; times <= 10; times++) {
    const { router } = await cluster.client.status();
    process.kill(router.pid!, 'SIGKILL');
    const died = await cluster.event('router.crashed', (event) => event.seq > seq);
    const ups = await Promise.all(
      ['n1', 'n2'].map((id) =>
        cluster.event('link.up', (event) => event.node === id && event.seq > died.seq),
      ),
    );
    for (const up of ups) expect(up.atMs - died.atMs).toBeLessThan(1000);
    ({ seq } = died);
  }
});
