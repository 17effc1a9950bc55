/** The router dies, or a receiver does not read: lost messages are reported, and the rest keeps working. */
import { expect, test } from 'vitest';
import { killRouter, TestCluster, until } from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

const echo = (cluster: TestCluster, text: string): Promise<unknown> =>
  cluster.client.call('n1', { type: 'echo', text }).then(({ body }) => body.text);

test('a rule added while the router is down is in force when it is back', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  // The router is back so soon that the rule may come too late to be added in between.
  let state = 'ready';
  let seq = 0;
  for (let tries = 0; state === 'ready' && tries < 10; tries++) {
    await cluster.client.heal();
    const { router } = await cluster.client.status();
    process.kill(router.pid!, 'SIGKILL');
    ({ seq } = await cluster.event('router.crashed', (event) => event.seq > seq));
    await cluster.client.addRules([{ kind: 'cut', links: 'clients>n2', settings: {} }]);
    ({ state } = (await cluster.client.status()).router);
  }
  expect(state).not.toBe('ready');
  await expect(
    cluster.client.call('n2', { type: 'echo' }, { timeout: '1s' }),
  ).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  expect(await cluster.client.trace({ fate: 'cut' })).toMatchObject([{ src: 'c1', dest: 'n2' }]);
});

test('messages in a router that died are reported as lost with it, in one event', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  await echo(cluster, 'first');
  await cluster.client.addRules([{ kind: 'delay', links: 'c1>n2', settings: { delay: '1h' } }]);
  const calls = [1, 2, 3].map((i) =>
    cluster.client.call('n2', { type: 'echo', i }, { timeout: '2s' }).then(
      () => 'answered',
      ({ code }) => code,
    ),
  );
  await until(async () => (await cluster.client.stats()).waiting === 3, 'three messages wait');
  await killRouter(cluster);
  const { facts } = await cluster.event('router.lost');
  const lost = await cluster.client.trace({ fate: 'router down' });
  expect(lost.map(({ src, dest, rules }) => ({ src, dest, rules }))).toEqual(
    Array(3).fill({ src: 'c1', dest: 'n2', rules: ['r1'] }),
  );
  expect(facts).toEqual({ count: 3, messages: lost.map(({ id }) => id) });
  expect(await Promise.all(calls)).toEqual(Array(3).fill('CALL_UNKNOWN'));
  expect((await cluster.run('events')).stdout).toMatch(/3 messages went down with the router/);
});

test('messages that never reached a router are reported as lost, too', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', program('pours')]);
  await until(async () => (await cluster.client.stats()).messages > 1000, 'messages flow');
  await killRouter(cluster);
  const { facts } = await cluster.event('router.lost');
  // Twenty every ten milliseconds, for as long as n1 had no router.
  expect(facts.count).toBeGreaterThan(20);
  expect(facts.messages).toHaveLength(20);
  const [id] = facts.messages;
  expect(await cluster.client.trace({ id: id! })).toMatchObject([
    { fate: 'router down', src: 'n1' },
  ]);
  const { facts: unsent } = await cluster.event('messages.unsent', ({ node }) => node === 'n1');
  expect(unsent).toMatchObject({ reason: 'router down', incarnation: 1 });
});

test('a paused node fills a bounded queue, overflow is reported, and after resume traffic continues', async () => {
  const up = ['--nodes', '3', '--program', program('pours'), '--queue', '1MB'];
  await using cluster = await TestCluster.up(up);
  const { client } = cluster;
  const arrived = async (): Promise<number> =>
    Number((await client.call('n2', { type: 'poured' }, { timeout: '10s' })).body.arrived);
  await until(async () => (await arrived()) > 0, 'n2 gets messages');
  const fates = async (): Promise<Readonly<Record<string, number>>> =>
    (await client.stats()).edges.find(({ edge }) => edge === 'n1>n2')!.fates;
  await client.pause('n2');
  await until(async () => ((await fates()).overflow ?? 0) > 0, 'the queue is full');
  expect((await cluster.event('queue.overflow')).node).toBe('n2');
  const full = await client.stats();
  await until(async () => ((await fates()).overflow ?? 0) > 3000, 'three megabytes did not fit');
  const later = await client.stats();
  expect(later.queuedBytes.n2).toBeLessThan(2_000_000);
  expect(later.residentBytes - full.residentBytes).toBeLessThan(40_000_000);
  expect((await client.trace({ fate: 'overflow', limit: 1 }))[0]).toMatchObject({
    src: 'n1',
    dest: 'n2',
    type: 'drop',
  });
  await client.resume('n2');
  const before = await arrived();
  await until(async () => (await arrived()) > before, 'messages arrive again');
  const { overflow } = await fates();
  await until(async () => (await arrived()) > before + 2000, 'more messages arrive');
  expect((await fates()).overflow).toBe(overflow);
});
