/** A program without the SDK: any executable that can open a WebSocket is a node. */
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { TestCluster } from '../helpers/cluster.ts';
import { foreign } from '../helpers/fixtures.ts';

test('an executable that speaks text frames is a node like others', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '3', '--', process.execPath, foreign('hello')],
  ]);
  const { client } = cluster;
  expect(cluster.status.nodes.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  expect(cluster.status.program).toContain('hello.mjs');
  expect((await client.call('n2', { type: 'hello' })).body).toMatchObject({ from: 'n2' });
  expect((await client.call('n3', { type: 'who' })).body).toMatchObject({
    nodes: ['n1', 'n2', 'n3'],
  });
  await expect(client.call('n1', { type: 'dance' })).rejects.toMatchObject({
    code: 'CALL_REFUSED',
    message: 'n1 answered dance with error 10: no dance here',
  });

  await client.addRules([{ kind: 'loss', links: 'clients>n1', settings: { probability: '100%' } }]);
  await expect(client.call('n1', { type: 'hello' }, { timeout: '200ms' })).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
  });
  await client.heal();

  await client.pause('n1');
  await expect(client.call('n1', { type: 'hello' }, { timeout: '200ms' })).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
  });
  await client.resume('n1');
  expect((await client.call('n1', { type: 'hello' })).body).toMatchObject({ from: 'n1' });

  const { nodes } = await client.restart('n2');
  expect(nodes).toMatchObject([{ state: 'ready', incarnation: 2 }]);
  expect((await client.call('n2', { type: 'hello' })).body).toMatchObject({ incarnation: 2 });
  expect((await client.stop('n3')).nodes).toMatchObject([{ state: 'stopped', signal: 'SIGTERM' }]);
});

test('paths are as seen from where the user works', async () => {
  const env = { INIT_CWD: dirname(foreign('hello')) };
  await using cluster = await TestCluster.up(
    ['--nodes', '1', '--', process.execPath, './hello.mjs'],
    { env },
  );
  expect((await cluster.client.call('n1', { type: 'hello' })).body).toMatchObject({ from: 'n1' });
});

test('a program that ends before it joined is crashed, with its exit code and what it said', async () => {
  const script = `[ $FAULTLINE_NODE = n2 ] && echo "OSError: no port" >&2 && exit 7; exec '${process.execPath}' '${foreign('hello')}'`;
  await using cluster = await TestCluster.up(['--nodes', '2', '--', 'sh', '-c', script]);
  expect(await cluster.node('n2')).toMatchObject({
    state: 'crashed',
    reason: 'exited with code 7 before it was ready: OSError: no port',
    exitCode: 7,
  });
  expect((await cluster.node('n1')).state).toBe('ready');
});
