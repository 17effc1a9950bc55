/** The event stream as server-sent events, over real sockets: content, access and slow readers. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ClusterEvent } from '@faultline/actions';
import { eventCatalog, eventSchemaName } from '@faultline/actions';
import { eventsPath } from '@faultline/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Api, serveApi } from '../../src/api/server.ts';
import type { Cluster } from '../../src/cluster.ts';
import { Recorder } from '../../src/state/recorder.ts';
import { Folder } from '../helpers/folder.ts';

const token = 'the-token';
const authorization = `Bearer ${token}`;

let folder: Folder;
let recorder: Recorder;
let api: Api;

beforeEach(async () => {
  folder = new Folder();
  recorder = new Recorder({
    path: folder.at('events.jsonl'),
    epoch: { trueMs: 0, wallMs: 0 },
    trueNowMs: () => 0,
  });
  // The stream only reads the recorder.
  const cluster = {} as Cluster;
  const listening = { host: '127.0.0.1', port: 0 };
  api = await serveApi({ cluster, recorder, ...listening, token, onDown: () => {} });
});

afterEach(async () => {
  await api.close();
  recorder.close();
  folder[Symbol.dispose]();
});

interface Sent {
  readonly id: string;
  readonly data: ClusterEvent;
}

/** Events as they arrive, parsed by the rules of EventSource. */
async function* sentTo(response: Response): AsyncGenerator<Sent> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const lines = block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line)!);
      const fields = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
      expect(Object.keys(fields)).toEqual(['id', 'data']);
      yield { id: fields.id, data: JSON.parse(fields.data) };
    }
  }
  expect(text).toBe('');
}

const at = (query = ''): string => `${api.url}${eventsPath}${query}`;
const open = (query = '', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(at(query), { headers: { authorization, ...headers } });

async function idsOf(response: Response): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of sentTo(response)) ids.push(id);
  return ids;
}

const record = (times: number, text = ''): void => {
  for (let i = 0; i < times; i++) {
    recorder.record('program.event', 'n1', { name: 'tick', data: { text } });
  }
};

test('a reader gets the events it missed, then each new event, numbered', async () => {
  recorder.record('node.ready', 'n1', { incarnation: 1, afterMs: 7 });
  const response = await open();
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = sentTo(response);
  const first = await events.next();
  expect(first.value).toEqual({ id: '1', data: recorder.since(0)[0] });
  recorder.record('node.paused', 'n1', {});
  const second = await events.next();
  expect(second.value).toMatchObject({ id: '2', data: { seq: 2, kind: 'node.paused' } });
  await events.return(undefined);
});

test('a reader is connected before there is an event', async () => {
  expect((await open()).status).toBe(200);
});

test.each([
  ['?follow=no', {}, ['1', '2', '3', '4', '5']],
  ['?follow=no&since=3', {}, ['4', '5']],
  ['?follow=no', { 'last-event-id': '4' }, ['5']],
  // An EventSource reconnects with its old URL; Last-Event-ID overrides `since`.
  ['?follow=no&since=1', { 'last-event-id': '4' }, ['5']],
  ['?follow=no&since=5', {}, []],
])('a reader that requests %s with %j gets the events %j', async (query, headers, ids) => {
  record(5);
  expect(await idsOf(await open(query, headers))).toEqual(ids);
});

test.each([
  ['?since=-1', {}, 'since: expected the number of an event, got -1'],
  ['?since=x', {}, 'since: expected the number of an event, got x'],
  ['', { 'last-event-id': 'x' }, 'Last-Event-ID: expected the number of an event, got x'],
])('%s with %j is refused', async (query, headers, message) => {
  const response = await open(query, headers);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'BAD_REQUEST', message } });
});

describe('who may read', () => {
  /** `fetch` does not allow these headers. */
  async function statusOf(query: string, headers: Record<string, string>): Promise<number> {
    const [response] = await once(request(at(query), { headers }).end(), 'response');
    response.destroy();
    return response.statusCode;
  }

  test.each<[string, () => [query: string, headers: Record<string, string>], number]>([
    ['the token as a header', () => ['', { authorization }], 200],
    ['the token in the query, where headers cannot be set', () => [`?token=${token}`, {}], 200],
    ['a page of this API', () => [`?token=${token}`, { origin: api.url }], 200],
    ['no token', () => ['', {}], 401],
    ['another token', () => ['?token=x', {}], 401],
    ['two tokens', () => [`?token=${token}&token=${token}`, {}], 401],
    ['a foreign page', () => [`?token=${token}`, { origin: 'http://evil.example' }], 403],
    ['a name that is not ours', () => [`?token=${token}`, { host: 'evil.example' }], 403],
  ])('%s', async (_, given, status) => {
    const [query, headers] = given();
    expect(await statusOf(query, headers)).toBe(status);
  });

  test('no other route takes the token from the query', async () => {
    expect((await fetch(`${api.url}/v1/cluster?token=${token}`)).status).toBe(401);
  });
});

/** A reader whose socket accepts only as much as the system buffers. */
async function stalled(): Promise<Socket> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(`GET ${eventsPath}?token=${token} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

test('a reader that stops reading is disconnected once its events are no longer in memory', async () => {
  const socket = await stalled();
  // More than sockets hold, and more events than the recorder keeps.
  for (let i = 0; i < 20; i++) {
    record(1000, 'x'.repeat(2000));
    await new Promise(setImmediate);
  }
  socket.resume();
  await once(socket, 'close');
  expect(recorder.firstKept).toBeGreaterThan(1);
});

test('a reader that pauses for less gets every event once, in order', async () => {
  const response = await open();
  record(4000, 'x'.repeat(2000));
  await new Promise((done) => setTimeout(done, 50));
  const ids: number[] = [];
  for await (const { id } of sentTo(response)) if (ids.push(Number(id)) === 4000) break;
  expect(ids).toEqual(Array.from({ length: 4000 }, (_, i) => i + 1));
});

test('the last events arrive before the stream ends', async () => {
  const response = await open();
  recorder.record('cluster.down', null, {});
  await api.close();
  expect(await idsOf(response)).toEqual(['1']);
});

interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly get: { readonly operationId: string } }>>;
  readonly components: Readonly<Record<'schemas' | 'securitySchemes', object>>;
}

test('the API document has the stream, and a named schema for each kind', async () => {
  const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as ApiDocument;
  expect(document.paths[eventsPath]!.get).toMatchObject({
    operationId: 'events',
    responses: {
      101: {},
      200: {
        content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/ClusterEvent' } } },
      },
    },
  });
  // Of this version on, a schema is a JSON Schema, which knows null.
  expect(document.openapi).toBe('3.1.0');
  const { schemas, securitySchemes } = document.components;
  expect(Object.keys(securitySchemes)).toEqual(['token', 'queryToken']);
  for (const [kind, { meaning }] of Object.entries(eventCatalog)) {
    const schema = { description: meaning, properties: { kind: { enum: [kind] } } };
    expect(schemas).toMatchObject({ [eventSchemaName(kind)]: schema });
  }
  const text = JSON.stringify(document);
  const refs = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
  expect(refs.length).toBeGreaterThan(Object.keys(eventCatalog).length);
  expect(refs.filter((name) => !Object.hasOwn(schemas, name))).toEqual([]);
  // Routes of the table are still in it.
  expect(document.paths['/v1/cluster']!.get.operationId).toBe('status');
});
