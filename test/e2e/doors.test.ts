/** Access control: of the control API over HTTP, of its event stream, and of the router. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { readClusterFile } from '@faultline/supervisor/registry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { Home, TestCluster, until } from '../helpers/cluster.ts';
import { foreign } from '../helpers/fixtures.ts';

let cluster: TestCluster;
let token: string;

beforeAll(async () => {
  cluster = await TestCluster.up(['--nodes', '2', '--', process.execPath, foreign('hello')]);
  token = readClusterFile(cluster.traces.files[0]!)!.token;
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: string;
}

async function ask(
  method: string,
  path: string,
  { body, ...headers }: Record<string, string | undefined> = {},
): Promise<Answer> {
  const sent = request(new URL(cluster.status.url), {
    method,
    path,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (data) => {
        text += data;
      });
      response.on('end', () => {
        const isJson = response.headers['content-type']?.startsWith('application/json');
        const code = isJson ? JSON.parse(text).error?.code : undefined;
        resolve({ status: response.statusCode!, code, body: text });
      });
    });
  });
  sent.end(body);
  return answer;
}

const json = { 'content-type': 'application/json' };

describe('the control API', () => {
  const refusals: readonly [string, string, string, Record<string, string>, number, string][] = [
    ['no token', 'GET', '/v1/cluster', { authorization: '' }, 401, 'UNAUTHORIZED'],
    ['a wrong token', 'GET', '/v1/cluster', { authorization: 'Bearer x' }, 401, 'UNAUTHORIZED'],
    ['no token, where nothing is', 'GET', '/v1/x', { authorization: '' }, 401, 'UNAUTHORIZED'],
    ['a foreign Host', 'GET', '/v1/cluster', { host: 'evil.example' }, 403, 'FOREIGN_HOST'],
    ['a foreign Host, for the docs', 'GET', '/docs', { host: 'evil.example' }, 403, 'FOREIGN_HOST'],
    [
      'a foreign Origin',
      'POST',
      '/v1/heal',
      { origin: 'http://evil.example' },
      403,
      'FOREIGN_ORIGIN',
    ],
    ['the Origin of a file', 'POST', '/v1/heal', { origin: 'null' }, 403, 'FOREIGN_ORIGIN'],
    ['an unknown route', 'GET', '/v1/nothing', {}, 404, 'NOT_FOUND'],
    ['an unknown method', 'DELETE', '/v1/cluster', {}, 404, 'NOT_FOUND'],
    ['an unknown file of the docs', 'GET', '/docs/..%2fserver.ts', {}, 404, 'NOT_FOUND'],
    [
      'a body that is no JSON',
      'POST',
      '/v1/rules',
      { ...json, body: '{"rules":' },
      400,
      'BAD_REQUEST',
    ],
    [
      'a body of another type',
      'POST',
      '/v1/rules',
      { 'content-type': 'text/xml', body: '<a/>' },
      400,
      'BAD_REQUEST',
    ],
    [
      'a body without a required field',
      'POST',
      '/v1/rules',
      { ...json, body: '{}' },
      400,
      'BAD_REQUEST',
    ],
    [
      'a body with too much',
      'POST',
      '/v1/nodes',
      { ...json, body: '{"count":1,"x":1}' },
      400,
      'BAD_REQUEST',
    ],
    [
      'a number out of bounds',
      'POST',
      '/v1/nodes',
      { ...json, body: '{"count":0}' },
      400,
      'BAD_REQUEST',
    ],
    ['a body that is null', 'POST', '/v1/rules', { ...json, body: 'null' }, 400, 'BAD_REQUEST'],
    ['a query that does not fit', 'GET', '/v1/trace?limit=lots', {}, 400, 'BAD_REQUEST'],
    ['an unknown query', 'GET', '/v1/trace?colour=red', {}, 400, 'BAD_REQUEST'],
    ['a broken escape', 'GET', '/v1/logs/%zz', {}, 400, 'BAD_REQUEST'],
    ['an unknown node', 'POST', '/v1/nodes/n9/kill', {}, 404, 'NODE_UNKNOWN'],
    [
      'a clock that cannot be bent',
      'POST',
      '/v1/nodes/n1/clock',
      { ...json, body: '{"jump":"1s"}' },
      409,
      'NODE_CANNOT',
    ],
  ];

  test.each(refusals)('refuses %s', async (_, method, path, headers, status, code) => {
    expect(await ask(method, path, headers)).toMatchObject({ status, code });
  });

  test('refuses a body over the limit, and keeps working', async () => {
    const body = JSON.stringify({ rules: [{ text: 'x'.repeat(3_000_000) }] });
    const outcome = await ask('POST', '/v1/rules', { ...json, body }).catch((error) => error.code);
    // The response may come while the body is still being sent, and then be lost with the connection.
    if (typeof outcome === 'string') expect(['EPIPE', 'ECONNRESET']).toContain(outcome);
    else expect(outcome).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
    const declared = { ...json, 'content-length': '3000000' };
    expect(await ask('POST', '/v1/rules', declared)).toMatchObject({ status: 413 });
    expect(await ask('GET', '/v1/cluster')).toMatchObject({ status: 200 });
  });

  test('survives bytes that are not HTTP', async () => {
    const { port } = new URL(cluster.status.url);
    const socket = connect(Number(port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.resume();
    socket.end('\x16\x03\x01\x02\x00garbage\r\n\r\n');
    await closed;
    expect(await ask('GET', '/v1/cluster')).toMatchObject({ status: 200 });
  });

  test('shows its documentation without the token, and never shows the token', async () => {
    for (const path of ['/docs', '/openapi.json', '/docs/start.js']) {
      const { status, body } = await ask('GET', path, { authorization: '' });
      expect(status).toBe(200);
      expect(body).not.toContain(token);
    }
    expect((await ask('GET', '/v1/cluster')).body).not.toContain(token);
  });

  test('gives the token to the user alone', () => {
    const { mode } = statSync(cluster.traces.files[0]!);
    expect(mode & 0o077).toBe(0);
  });
});

/** The HTTP status of a WebSocket request; 101: accepted. */
function knock(url: string | URL, options: ClientOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options);
    socket.on('open', () => {
      resolve(101);
      socket.close();
    });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode!));
    socket.on('error', reject);
  });
}

describe('the event stream', () => {
  const events = (query: string): string =>
    `${cluster.status.url.replace('http', 'ws')}/v1/events${query}`;
  const headers = (): Record<string, string> => ({ authorization: `Bearer ${token}` });

  test('is open to every client with the token', async () => {
    expect(await knock(events(''), { headers: headers() })).toBe(101);
    expect(await knock(events(`?token=${token}`))).toBe(101);
    const own = new URL(cluster.status.url).origin;
    expect(await knock(events(`?token=${token}`), { origin: own })).toBe(101);
  });

  test('is closed to all other clients', async () => {
    expect(await knock(events(''))).toBe(401);
    expect(await knock(events('?token=x'))).toBe(401);
    expect(await knock(events(`?token=${token}`), { origin: 'http://evil.example' })).toBe(403);
    expect(await knock(events(`?token=${token}`), { headers: { host: 'evil.example' } })).toBe(403);
    expect(await knock(events(`?token=${token}&since=-1`))).toBe(400);
    const elsewhere = events(`?token=${token}`).replace('events', 'nothing');
    expect(await knock(elsewhere)).toBe(404);
  });

  test('is shown by curl as events arrive, as the README says', async (context) => {
    if (spawnSync('curl', ['--version']).status !== 0) context.skip('there is no curl here');
    const authorization = `Authorization: Bearer ${token}`;
    const curl = spawn('curl', ['-sN', '-H', authorization, `${cluster.status.url}/v1/events`]);
    try {
      let shown = '';
      for await (const data of curl.stdout) {
        shown += data;
        if (shown.includes('"kind":"cluster.up"')) break;
      }
      expect(shown).toMatch(/^id: 1\ndata: \{"seq":1,.*"kind":"cluster.starting".*\}\n\nid: 2\n/);
    } finally {
      curl.kill();
    }
  });
});

describe('the router', () => {
  /** The router's address from a node's environment. */
  async function linkOf(node: string): Promise<URL> {
    const { body } = await cluster.client.call(node, { type: 'who' });
    return new URL(String(body.link));
  }

  function changed(url: URL, changes: Readonly<Record<string, string | null>>): URL {
    const other = new URL(url);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) other.searchParams.delete(name);
      else other.searchParams.set(name, value);
    }
    return other;
  }

  test('admits no client without the key of a running member', async () => {
    const link = await linkOf('n1');
    const keyOfN2 = (await linkOf('n2')).searchParams.get('key')!;
    expect(await knock(changed(link, { key: null }))).toBe(401);
    expect(await knock(changed(link, { key: 'x' }))).toBe(401);
    expect(await knock(changed(link, { key: keyOfN2 }))).toBe(401);
    expect(await knock(changed(link, { name: 'n2' }))).toBe(401);
    expect(await knock(changed(link, { name: 'c1' }))).toBe(401);
    expect(await knock(changed(link, { incarnation: '2' }))).toBe(401);
    expect(await knock(changed(link, { incarnation: null }))).toBe(401);
    expect(await knock(link, { origin: 'http://evil.example' })).toBe(403);
    expect(await knock(link, { headers: { host: 'evil.example' } })).toBe(403);
    expect(await knock(new URL('/other', link))).toBe(404);
    expect(await knock(changed(link, { format: 'morse' }))).toBe(400);
    const { facts } = await cluster.event('link.refused');
    expect(facts.reason).toMatch(/the key does not belong to n1/);
    // None of these replaced a client that had joined.
    expect((await cluster.client.call('n1', { type: 'hello' })).body).toMatchObject({ from: 'n1' });
  });

  test('no longer admits an old incarnation', async () => {
    const old = await linkOf('n2');
    await cluster.client.restart('n2');
    expect(await knock(old)).toBe(401);
    const { body } = await cluster.client.call('n2', { type: 'hello' });
    expect(body).toMatchObject({ from: 'n2', incarnation: 2 });
  });

  test('answers an invalid text frame with an error, and keeps the link open', async () => {
    const wrong = [
      'no JSON',
      '[]',
      '{}',
      '{"dest":"n2"}',
      '{"dest":7,"body":{"type":"x"}}',
      'null',
    ];
    for (const text of wrong) await cluster.client.call('n1', { type: 'say', text });
    const { body } = await cluster.client.call('n1', { type: 'heard' });
    const heard = body.heard as { src: string; type: string; code: number; text: string }[];
    const complaints = heard.filter(({ src }) => src === 'router');
    expect(complaints).toHaveLength(wrong.length);
    for (const complaint of complaints)
      expect(complaint).toMatchObject({ type: 'error', code: 12 });
    expect(complaints[0]!.text).toMatch(/JSON/);
    await cluster.event('frame.refused', ({ node }) => node === 'n1');
    expect((await cluster.node('n1')).incarnation).toBe(1);
  });

  test('refuses a message with a forged sender, or without a receiver, and says so', async () => {
    const say = (message: object): Promise<unknown> =>
      cluster.client.call('n1', { type: 'say', text: JSON.stringify(message) });
    await say({ src: 'n2', dest: 'c1', body: { type: 'lie' } });
    await say({ dest: 'n77', body: { type: 'void' } });
    const refused = async (): Promise<string[]> =>
      (await cluster.client.trace({ fate: 'refused' })).map(({ type }) => type);
    await until(async () => (await refused()).length === 2, 'both are recorded');
    expect(await refused()).toEqual(['lie', 'void']);
  });

  test('closes only the link on which a binary frame is malformed', async () => {
    const link = changed(await linkOf('n1'), { format: 'binary' });
    const socket = new WebSocket(link);
    await new Promise((resolve) => socket.on('open', resolve));
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.send(Buffer.from('this is no frame of the protocol'), { binary: true });
    expect(await closed).toBe(1002);
    expect((await cluster.client.call('n2', { type: 'hello' })).body).toMatchObject({ from: 'n2' });
    // Our link replaced n1's own link, and the process of n1 ended.
    await cluster.event('node.crashed', ({ node }) => node === 'n1');
    const { router } = await cluster.client.status();
    expect(router).toMatchObject({ state: 'ready', restarts: 0 });
  });
});

test('when listening on every address, the API prints its loopback address, and its token is in a file while it runs', async () => {
  await using home = new Home();
  const file = join(home.path, 'token');
  const flags = ['--host', '0.0.0.0', '--show-token', '--token-file', file];
  const open = await TestCluster.up(
    ['--nodes', '1', ...flags, '--', process.execPath, foreign('hello')],
    { home: home.path },
  );
  const given = readFileSync(file, 'utf8');
  expect(open.status).toMatchObject({ token: given });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(open.status.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const { status } = await fetch(`${open.status.url}/v1/cluster`, {
    headers: { authorization: `Bearer ${given}` },
  });
  expect(status).toBe(200);
  await open.down();
  expect(existsSync(file)).toBe(false);
  expect((await open.ended).stderr).toMatch(/^warning: the control API listens on 0\.0\.0\.0/);
});
