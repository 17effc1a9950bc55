/** A node that crashes at a point in its execution: what it had done by then, and what not. */
import type { ClusterEvent } from '@faultline/actions';
import { expect, test } from 'vitest';
import { TestCluster, until } from '../helpers/cluster.ts';
import { foreign, program } from '../helpers/fixtures.ts';

const letters = ['--nodes', '2', '--program', program('letters')];

const crashed = (cluster: TestCluster, incarnation = 1): Promise<ClusterEvent> =>
  cluster.event('node.crashed', ({ facts }) => facts.incarnation === incarnation);

const ask = async (cluster: TestCluster, node: string, type: string) =>
  (await cluster.client.call(node, { type })).body;

/** Sends a request that will get no reply. */
const provoke = (cluster: TestCluster, body: { type: string; [key: string]: unknown }) =>
  cluster.client.call('n1', body, { timeout: '300ms' }).then(
    () => '',
    ({ facts }) => String(facts.message),
  );

test('messages sent before a crash point have left, and that of the point and later ones have not', async () => {
  await using cluster = await TestCluster.up(letters);
  const shown = await cluster.run('crash', 'n1', '--when', 'sends b');
  expect(shown.stdout).toMatch(/^n1 +ready .*will crash: sends b$/m);
  await provoke(cluster, { type: 'go', to: 'n2' });
  expect(await crashed(cluster)).toMatchObject({
    node: 'n1',
    facts: {
      reason: 'crashed as planned: sends b (n1.1.2 to n2)',
      when: 'sends b',
      message: 'n1.1.2',
      signal: 'SIGKILL',
    },
  });
  await until(async () => String((await ask(cluster, 'n2', 'got')).got) === 'a', 'n2 got a');
  // Only once: the restarted node does the same and does not crash.
  expect((await cluster.client.start('n1')).nodes).toMatchObject([{ state: 'ready', faults: [] }]);
  await provoke(cluster, { type: 'go', to: 'n2' });
  await until(
    async () => String((await ask(cluster, 'n2', 'got')).got) === 'a,a,b,c',
    'n2 got all',
  );
});

test('at a crash point on receipt the message is recorded, and no handler has seen it', async () => {
  await using cluster = await TestCluster.up(letters);
  await cluster.client.crash('n1', { when: 'receives s*', after: 1 });
  await provoke(cluster, { type: 'saved' });
  const id = await provoke(cluster, { type: 'save', text: 'late' });
  expect((await crashed(cluster)).facts).toMatchObject({
    reason: expect.stringMatching(/^crashed as planned: receives s\* \(c1\.1\.\d+ from c1\)$/),
    type: 'save',
  });
  expect((await cluster.run('why', id)).stdout).toMatch(
    /^n1\S* received it .* n1\S* crashed \S+ later, before its handler ran \(crashed as planned: /m,
  );
  await cluster.client.start('n1');
  expect((await ask(cluster, 'n1', 'saved')).saved).toEqual([]);
});

test.each([
  ['before sync', []],
  ['after sync log', ['kept']],
] as const)('%s, the disk has %j', async (when, saved) => {
  await using cluster = await TestCluster.up(letters);
  await cluster.client.crash('n1', { when });
  const id = await provoke(cluster, { type: 'save', text: 'kept' });
  expect((await crashed(cluster)).facts).toMatchObject({ when, file: 'log' });
  expect((await cluster.run('why', id)).stdout).toMatch(
    /^n1\S* received it .* n1\S* crashed \S+ later, while its handler was running \(crashed as planned: /m,
  );
  await cluster.client.start('n1');
  expect((await ask(cluster, 'n1', 'saved')).saved).toEqual(saved);
});

test('a planned crash survives a restart, and --off cancels it', async () => {
  await using cluster = await TestCluster.up(letters);
  const { client } = cluster;
  await client.crash('n1', { when: 'sends a' });
  expect((await client.restart('n1')).nodes).toMatchObject([{ faults: [{ kind: 'crash' }] }]);
  await provoke(cluster, { type: 'go', to: 'n2' });
  await crashed(cluster, 2);
  await client.crash('n1', { when: 'sends c' });
  await client.start('n1');
  expect((await cluster.run('crash', 'n1', '--off')).stdout).toMatch(/^n1 +ready((?!crash).)*$/m);
  await provoke(cluster, { type: 'go', to: 'n2' });
  await until(async () => String((await ask(cluster, 'n2', 'got')).got) === 'a,b,c', 'n2 got all');
});

test('an invalid crash point, and a node without the SDK, are refused in one line', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '1', '--', process.execPath, foreign('hello')],
  ]);
  expect((await cluster.run('crash', 'n1', '--when', 'sends')).stderr).toMatch(
    /^error BAD_REQUEST: expected the type of a message after sends.*\n$/,
  );
  expect((await cluster.run('crash', 'n1')).stderr).toMatch(
    /^error BAD_REQUEST: .*'sends TYPE'.*\n$/,
  );
  expect((await cluster.run('crash', 'n1', '--when', 'sends a')).stderr).toMatch(
    /^error NODE_CANNOT: n1 runs a program without our SDK: only the SDK can detect such a point.*\n$/,
  );
});
