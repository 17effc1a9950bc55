/** A developer opens a node's inspector and stops at breakpoints. */
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { TestCluster, until } from '../helpers/cluster.ts';

test("SIGUSR1 opens a node's inspector, its log has the address, and a stop at a breakpoint leaves it open", async () => {
  await using cluster = await TestCluster.up(['--nodes', '1', '--program', 'echo']);
  process.kill((await cluster.node('n1')).pid!, 'SIGUSR1');
  const address = await until(async () => {
    const { stdout } = await cluster.run('logs', 'n1');
    return /Debugger listening on (ws:\S+)/.exec(stdout)?.[1];
  }, 'the log has the address');

  const debug = new WebSocket(address);
  const said: { readonly method?: string }[] = [];
  debug.on('message', (data) => said.push(JSON.parse(String(data))));
  await new Promise((resolve) => debug.on('open', resolve));
  const ask = (method: string): void => debug.send(JSON.stringify({ id: 1, method }));
  ask('Debugger.enable');
  ask('Debugger.pause');
  await until(() => said.some(({ method }) => method === 'Debugger.paused'), 'it stops');
  const { facts } = await cluster.event('node.slow');
  expect(facts.reason).toBe('its event loop does not answer');
  ask('Debugger.resume');
  await cluster.event('node.recovered');
  expect((await cluster.client.call('n1', { type: 'echo' })).body).toMatchObject({
    type: 'echo_ok',
  });
  expect(debug.readyState).toBe(WebSocket.OPEN);
  debug.terminate();
});
