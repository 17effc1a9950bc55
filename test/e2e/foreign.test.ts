/** A program without the SDK: any executable that can open a WebSocket is a node. */
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { TestCluster } from '../helpers/cluster.ts';
import { foreign } from '../helpers/fixtures.ts';

test('an executable that speaks text frames is a node like any other', async () => {
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

test('paths are relative to the folder where the user typed the command', async () => {
  const env = { INIT_CWD: dirname(foreign('hello')) };
  await using cluster = await TestCluster.up(
    ['--nodes', '1', '--', process.execPath, './hello.mjs'],
    { env },
  );
  expect((await cluster.client.call('n1', { type: 'hello' })).body).toMatchObject({ from: 'n1' });
});

test('a program that exits before it joins is crashed, with its exit code and its output', async () => {
  const script = `[ $FAULTLINE_NODE = n2 ] && echo "OSError: no port" >&2 && exit 7; exec '${process.execPath}' '${foreign('hello')}'`;
  await using cluster = await TestCluster.up(['--nodes', '2', '--', 'sh', '-c', script]);
  expect(await cluster.node('n2')).toMatchObject({
    state: 'crashed',
    reason: 'exited with code 7 before it was ready: OSError: no port',
    exitCode: 7,
  });
  expect((await cluster.node('n1')).state).toBe('ready');
});

test('a program whose link is closed is shown as slow, with the reason, until it joins again', async () => {
  const reasons = {
    'large frame': 'it sent a frame of more than 4194304 bytes',
    'binary frame': 'it sent a malformed frame: version: expected 2, came 1',
    'invalid UTF-8': 'it sent a text frame that is not UTF-8',
    'half close': 'it ended its connection without a close frame',
  };
  await using cluster = await TestCluster.up([
    ...['--nodes', '4', '--', process.execPath, foreign('breaks-link')],
  ]);
  const { client } = cluster;
  const breaks = Object.keys(reasons).map((how, i) =>
    client
      .call(`n${i + 1}`, { type: 'break', how, rejoinMs: 3000 }, { timeout: '1s' })
      .catch((error: Error) => error.message),
  );
  const answers = await Promise.all(breaks);
  const nodes = (await client.status()).nodes;
  for (const [i, reason] of Object.values(reasons).entries()) {
    const [id, node] = [`n${i + 1}`, nodes[i]!];
    const closed = `its link is closed: ${reason}; have it reconnect to $FAULTLINE_LINK, or restart it`;
    expect(node).toMatchObject({ id, state: 'slow', reason: closed });
    expect(answers[i]).toBe(
      `${id} did not answer break within 1000 ms: it may or may not have taken effect. ${id} cannot answer because ${closed}`,
    );
    const ofNode = (event: { node: string | null }): boolean => event.node === id;
    expect(await cluster.event('link.down', ofNode)).toMatchObject({ facts: { reason } });
    expect(await cluster.event('node.slow', ofNode)).toMatchObject({ facts: { reason: closed } });
  }
  const { stdout } = await cluster.run('events');
  expect(stdout).toContain(`n4      disconnected (start 1): ${reasons['half close']}`);
  for (const id of ['n1', 'n2', 'n3', 'n4']) {
    await cluster.event('node.recovered', ({ node }) => node === id);
    expect(await client.call(id, { type: 'hello' })).toMatchObject({ body: { type: 'hello_ok' } });
    expect(await cluster.node(id)).toMatchObject({ state: 'ready', reason: null, incarnation: 1 });
  }
  // The end of a process explains the end of its connection.
  await client.kill('n1');
  const ends: string[] = [];
  for await (const event of client.events({ follow: false })) {
    if (event.kind === 'link.down' && event.node === 'n1') ends.push(JSON.stringify(event.facts));
  }
  expect(ends.at(-1)).toBe('{"incarnation":1}');
});

test('a program that does not rejoin after the router died is shown as slow', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '1', '--', process.execPath, foreign('breaks-link')],
  ]);
  process.kill(cluster.status.router.pid!, 'SIGKILL');
  await cluster.event('node.slow');
  expect(await cluster.node('n1')).toMatchObject({
    state: 'slow',
    reason:
      'its link is closed: the router died; have it reconnect to $FAULTLINE_LINK, or restart it',
  });
  expect((await cluster.client.restart('n1')).nodes).toMatchObject([{ state: 'ready' }]);
});

test('one node of a cluster runs an executable, and a module again', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { client } = cluster;
  const text = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cluster.run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const hello = [process.execPath, foreign('hello')];
  expect(await text('restart', 'n2', '--', ...hello)).toMatch(/^n2 +ready .*runs .*hello\.mjs/m);
  expect((await client.call('n2', { type: 'hello' })).body).toMatchObject({ from: 'n2' });
  // The folder of its disk exists before it starts.
  expect((await client.call('n2', { type: 'disk' })).body.files).toEqual([]);
  expect((await client.call('n1', { type: 'echo' })).body).toMatchObject({ type: 'echo_ok' });
  // The node keeps that program until a command names another one.
  await client.restart('n2');
  expect((await client.call('n2', { type: 'hello' })).body).toMatchObject({ incarnation: 3 });
  expect(await text('add', 'n3', '--', ...hello)).toMatch(/^n3 +ready .*hello\.mjs/m);
  expect(await text('restart', 'n2', '--program', 'echo')).toMatch(
    /^n2 +ready +\d+ +4 +perfect +- *$/m,
  );
  expect((await client.call('n2', { type: 'echo' })).body).toMatchObject({ type: 'echo_ok' });

  const both = await cluster.run('restart', 'n2', '--program', 'kv', '--', ...hello);
  expect(both.stderr).toMatch(
    /^error BAD_REQUEST: expected --program or a command after --, not both/,
  );
  // An executable cannot have a clock of its own.
  await client.clock('n2', { jump: '+1h' });
  const skewed = await cluster.run('restart', 'n2', '--', ...hello);
  expect(skewed.stderr).toMatch(/^error NODE_CANNOT: n2 has its own clock, which .*heal --all/);
  await client.heal({ all: true });
  expect((await client.restart('n2', { program: hello })).nodes).toMatchObject([
    { state: 'ready' },
  ]);
  const missing = await cluster.run('restart', 'n2', '--', 'no-such-command');
  expect(missing.stderr).toMatch(/^error PROGRAM_NOT_FOUND: there is no command no-such-command/);
  expect((await client.call('n2', { type: 'hello' })).body).toMatchObject({ from: 'n2' });
});
