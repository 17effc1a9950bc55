/** The client against a server that answers as the API does, over real sockets. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClusterEvent } from '@faultline/actions';
import { eventsPath, type RouteName, routes } from '@faultline/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { Client } from '../src/index.ts';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

let server: Server;
let asked: Asked[];
let answer: { status: number; body: string };
let client: Client;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: '{}' };
  server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    asked.push({
      method: method!,
      url: url!,
      authorization: headers.authorization,
      body: await bodyOf(request),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new Client({ url: `http://127.0.0.1:${port}`, token: 'secret' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('every request carries the token, and selectors are escaped in a path', async () => {
  answer.body = '{"nodes":[]}';
  await client.kill('n1,n2/../../down?x#y');
  expect(asked).toEqual([
    {
      method: 'POST',
      url: `/v1/nodes/${encodeURIComponent('n1,n2/../../down?x#y')}/kill`,
      authorization: 'Bearer secret',
      body: '',
    },
  ]);
});

test('parameters omitted from a query are not sent', async () => {
  answer.body = '{"events":[]}';
  await client.trace({ src: 'n1', limit: 5 });
  expect(asked[0]!.url).toBe('/v1/trace?src=n1&limit=5');
});

test.each(Object.keys(routes) as RouteName[])(
  'the client has a method for the route %s',
  (name) => {
    expect(client[name]).toBeTypeOf('function');
  },
);

test.each<[string, () => Promise<unknown>, string, string]>([
  ['a route without parameters', () => client.status(), 'GET /v1/cluster', ''],
  ['a query', () => client.held({ links: 'n1>n2' }), 'GET /v1/held?links=n1%3En2', ''],
  ['an omitted query', () => client.held(), 'GET /v1/held', ''],
  ['a path and a query', () => client.logs('n1', { lines: 5 }), 'GET /v1/logs/n1?lines=5', ''],
  ['a path alone', () => client.ask('removeRules', 'r1'), 'DELETE /v1/rules/r1', ''],
  ['a body', () => client.ask('addRules', { rules: [{}] }), 'POST /v1/rules', '{"rules":[{}]}'],
])('a method puts each part of a request in its place: %s', async (_, ask, line, body) => {
  await ask();
  const [request] = asked;
  expect(`${request!.method} ${request!.url}`).toBe(line);
  expect(request!.body).toBe(body);
});

test('an error of the API is thrown with its code, its message and its facts', async () => {
  answer = {
    status: 404,
    body: '{"error":{"code":"NODE_UNKNOWN","message":"there is no n9","facts":{"node":"n9"}}}',
  };
  await expect(client.kill('n9')).rejects.toMatchObject({
    name: 'FaultlineError',
    code: 'NODE_UNKNOWN',
    message: 'there is no n9',
    facts: { node: 'n9' },
  });
});

test('a server that does not answer, or answers without JSON, is CLUSTER_UNREACHABLE', async () => {
  answer.body = '<html>';
  await expect(client.status()).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  const unreachable = new Client({ url: 'http://127.0.0.1:1', token: 'secret' });
  await expect(unreachable.status()).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
});

test('events arrive in order, from the requested one on, until the cluster ends the stream', async () => {
  const sockets = new WebSocketServer({ server, path: eventsPath });
  sockets.on('connection', (socket, request) => {
    expect(request.headers.authorization).toBe('Bearer secret');
    const since = Number(new URL(request.url!, 'http://x').searchParams.get('since'));
    for (let seq = since + 1; seq <= since + 3; seq++) socket.send(JSON.stringify({ seq }));
    socket.close();
  });
  const seen: number[] = [];
  for await (const { seq } of client.events({ since: 4 }) as AsyncIterable<ClusterEvent>)
    seen.push(seq);
  expect(seen).toEqual([5, 6, 7]);
  sockets.close();
});

test('a caller that stops listening ends the stream, and a refused stream reports the error', async () => {
  const stop = new AbortController();
  const sockets = new WebSocketServer({ server, path: eventsPath });
  sockets.on('connection', (socket) => socket.send('{"seq":1}'));
  for await (const { seq } of client.events({ signal: stop.signal })) {
    expect(seq).toBe(1);
    stop.abort();
  }
  sockets.close();
  server.removeAllListeners('upgrade');
  answer = { status: 401, body: '{"error":{"code":"UNAUTHORIZED","message":"no","facts":{}}}' };
  await expect(client.events().next()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
});

test('a stream that breaks off is an error, not the end of the cluster', async () => {
  const sockets = new WebSocketServer({ server, path: eventsPath });
  sockets.on('connection', (socket) => socket.close(4008, 'does not keep up'));
  await expect(client.events().next()).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  sockets.removeAllListeners('connection');
  sockets.on('connection', (socket) => socket.terminate());
  await expect(client.events().next()).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  sockets.close();
});

test('an answer that is neither a success nor an error of the API is CLUSTER_UNREACHABLE', async () => {
  answer = { status: 500, body: '{"nodes":[]}' };
  await expect(client.kill('n1')).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
});

test.each(['', '.', '..'])(
  '%j is rejected as a selector, so that no path climbs',
  async (selector) => {
    await expect(client.kill(selector)).rejects.toMatchObject({ code: 'BAD_SELECTOR' });
    expect(asked).toEqual([]);
  },
);
