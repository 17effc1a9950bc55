import { describe, expect, test } from 'vitest';
import { guard } from '../../src/api/guard.ts';

const port = 7000;
const token = 'the-token';
const on = (host: string) => guard(host, () => port, token);

describe('the host that a request is for', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1:7000'],
    ['127.0.0.1', 'localhost:7000'],
    ['::1', '[::1]:7000'],
    ['::1', 'localhost:7000'],
    ['192.168.7.7', '192.168.7.7:7000'],
    ['box.example', 'box.example:7000'],
    ['0.0.0.0', '192.168.7.7:7000'],
    ['::', '[fe80::7]:7000'],
  ])('listening on %s, the host %s is accepted', (host, given) => {
    expect(() => on(host).checkOrigin({ host: given })).not.toThrow();
  });

  // DNS rebinding: a hostile page whose name now resolves to 127.0.0.1 sends that name.
  test.each([
    ['127.0.0.1', 'evil.example:7000'],
    ['127.0.0.1', 'localhost.evil.example:7000'],
    ['127.0.0.1', '127.0.0.1.evil.example:7000'],
    ['127.0.0.1', 'evil.example'],
    ['127.0.0.1', '127.0.0.1:7001'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '192.168.7.7:7000'],
    ['127.0.0.1', 'user@127.0.0.1:7000'],
    ['0.0.0.0', 'evil.example:7000'],
    ['::', '[evil.example]:7000'],
    ['127.0.0.1', ''],
    ['127.0.0.1', undefined],
  ])('listening on %s, the host %s is rejected as foreign', (host, given) => {
    const headers = given === undefined ? {} : { host: given };
    expect(() => on(host).checkOrigin(headers)).toThrow(
      expect.objectContaining({ code: 'FOREIGN_HOST' }),
    );
  });

  test('the port is looked up for each request, since it is known only once the server listens', () => {
    let now = 0;
    const gate = guard('127.0.0.1', () => now, token);
    now = port;
    expect(() => gate.checkOrigin({ host: '127.0.0.1:7000' })).not.toThrow();
  });
});

describe("the origin of a browser's page", () => {
  const check = (origin: string) => () =>
    on('127.0.0.1').checkOrigin({ host: '127.0.0.1:7000', origin });

  test.each(['http://127.0.0.1:7000', 'http://localhost:7000'])(
    'the origin %s is accepted',
    (origin) => {
      expect(check(origin)).not.toThrow();
    },
  );

  test.each([
    'http://evil.example',
    'http://evil.example:7000',
    'https://127.0.0.1:7000',
    // As long as `http://`, followed by our own address.
    'sftp://127.0.0.1:7000',
    'http://127.0.0.1:8080',
    'http://127.0.0.1:7000.evil.example',
    'null',
    '',
  ])('the origin %j is rejected as foreign', (origin) => {
    expect(check(origin)).toThrow(expect.objectContaining({ code: 'FOREIGN_ORIGIN' }));
  });

  test('a request without one does not come from a page', () => {
    expect(() => on('127.0.0.1').checkOrigin({ host: '127.0.0.1:7000' })).not.toThrow();
  });
});

describe('the token', () => {
  const check =
    (authorization?: string, query?: string | null): (() => void) =>
    () =>
      on('127.0.0.1').checkToken(authorization === undefined ? {} : { authorization }, query);

  test('is accepted in the header, and in the query for clients that cannot set headers', () => {
    expect(check(`Bearer ${token}`)).not.toThrow();
    expect(check(undefined, token)).not.toThrow();
    expect(check(`Bearer ${token}`, null)).not.toThrow();
  });

  test.each<[string, string | undefined, string | null | undefined]>([
    ['none at all', undefined, undefined],
    ['none in a query', undefined, null],
    ['an empty one in a query', undefined, ''],
    ['another one', 'Bearer another-token', undefined],
    ['a part of it', 'Bearer the-tok', undefined],
    ['more than it', `Bearer ${token}!`, undefined],
    ['another one in a query', undefined, 'another-token'],
    ['another scheme', `Basic ${token}`, undefined],
    ['no scheme', token, undefined],
    ['an empty header', 'Bearer ', undefined],
  ])('refuses %s', (_, authorization, query) => {
    expect(check(authorization, query)).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
  });

  test('is not revealed to a client without it', () => {
    expect(check('Bearer another-token')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(token) }),
    );
  });
});
