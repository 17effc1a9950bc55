import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { deferred } from '@faultline/protocol';
import { afterAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { Caller } from '../../src/members/caller.ts';

/** A stand-in for a router that accepts everything and never answers. */
const silent = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await once(silent, 'listening');
const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`;
const anHour = { limitMs: 3_600_000, leftMs: 3_600_000 };

afterAll(() => {
  silent.close();
  for (const socket of silent.clients) socket.terminate();
});

test('a call that waits for its answer ends as unknown when the caller is closed', async () => {
  const caller = new Caller('c1', 1, url);
  const sent = deferred<string>();
  const call = caller.call('n1', { type: 'read' }, anHour, sent.resolve);
  const outcome = call.catch((error: unknown) => error);
  expect(await sent.promise).toBe('c1.1.1');
  caller.close();
  expect(await outcome).toMatchObject({
    code: 'CALL_UNKNOWN',
    message:
      'the cluster was taken down before n1 answered read: it may or may not have taken effect',
    facts: { node: 'n1', type: 'read', message: 'c1.1.1' },
  });
});

test('a call that waits for the router ends when the caller is closed, and says that it took no effect', async () => {
  const caller = new Caller('c1', 1, 'ws://127.0.0.1:1');
  const outcome = caller.call('n1', { type: 'read' }, anHour).catch((error: unknown) => error);
  caller.close();
  expect(await outcome).toMatchObject({
    code: 'CLUSTER_STOPPING',
    message: 'the cluster was taken down before read was sent to n1: it took no effect',
  });
  // A later call ends the same way.
  await expect(caller.call('n1', { type: 'read' }, anHour)).rejects.toMatchObject({
    code: 'CLUSTER_STOPPING',
  });
});
