/** Invalid requests get a 4xx in the common error form, over real sockets. */
import { ERROR_KINDS, isErrorBody } from '@faultline/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../../src/api/openapi.ts';
import { type Api, serveApi } from '../../src/api/server.ts';
import type { Cluster } from '../../src/cluster.ts';
import { Recorder } from '../../src/state/recorder.ts';
import { Folder } from '../helpers/folder.ts';

const token = 'the-token';
const folder = new Folder();
let recorder: Recorder;
let api: Api;

beforeAll(async () => {
  const epoch = { trueMs: 0, wallMs: 0 };
  recorder = new Recorder({ path: folder.at('events.jsonl'), epoch, trueNowMs: () => 0 });
  // Refused requests never reach the cluster.
  const cluster = {} as Cluster;
  const listening = { host: '127.0.0.1', port: 0 };
  api = await serveApi({ cluster, recorder, ...listening, token, onDown: () => {} });
});

afterAll(async () => {
  await api.close();
  recorder.close();
  folder[Symbol.dispose]();
});

const operations = Object.entries((openApiDocument() as { paths: object }).paths).flatMap(
  ([path, item]) =>
    Object.entries(item as object).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      takesBody: 'requestBody' in (operation as object),
    })),
);

async function refusal(method: string, path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
  const body: unknown = await response.json();
  if (!isErrorBody(body)) throw new Error(`no error: ${JSON.stringify(body)}`);
  const { code, message } = body.error;
  expect(response.status).toBe(ERROR_KINDS[code].status);
  return `${code}: ${message}`;
}

const filled = (path: string): string => path.replaceAll(/\{\w+\}/g, 'n1');
const json = (body: string): RequestInit => ({
  body,
  headers: { 'content-type': 'application/json' },
});
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

const large = JSON.stringify({ a: 'x'.repeat(3 * 1024 * 1024) });

const withParameter = operations.filter(({ path }) => path.includes('{'));
const withBody = operations.filter(({ takesBody }) => takesBody);

test('the document has operations of each sort', () => {
  expect(withParameter.length).toBeGreaterThan(5);
  expect(withBody.length).toBeGreaterThan(5);
});

test.each(withParameter)(
  '$method $path rejects a parameter that is too long',
  async ({ method, path, takesBody }) => {
    const long = path.replaceAll(/\{\w+\}/g, 'n'.repeat(4097));
    expect(await refusal(method, long, takesBody ? json('{}') : {})).toBe(
      'BAD_REQUEST: a name or selector in the path is too long: expected at most 4096 characters',
    );
  },
);

test.each(withParameter)(
  '$method $path rejects an invalid escape',
  async ({ method, path, takesBody }) => {
    const broken = path.replaceAll(/\{\w+\}/g, '%ff%');
    expect(await refusal(method, broken, takesBody ? json('{}') : {})).toMatch(/^BAD_REQUEST: /);
  },
);

test.each(withBody)('$method $path rejects an invalid body', async ({ method, path }) => {
  const at = filled(path);
  for (const levels of [501, 5000, 100_000]) {
    expect(await refusal(method, at, json(nested(levels)))).toBe(
      'BAD_REQUEST: the body is nested too deeply: expected at most 500 levels',
    );
  }
  for (const body of [
    '{',
    'null',
    '[]',
    '7',
    '"x"',
    '{"__proto__":1,"constructor":{}}',
    '\u0000',
  ]) {
    expect(await refusal(method, at, json(body)), body).toMatch(/^BAD_REQUEST: /);
  }
  const xml = { body: '<a/>', headers: { 'content-type': 'application/xml' } };
  expect(await refusal(method, at, xml)).toMatch(/^BAD_REQUEST: /);
  expect(await refusal(method, at, json(large))).toMatch(/^BODY_TOO_LARGE: /);
});
