import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  asFaultlineError,
  ERROR_KINDS,
  type ErrorCode,
  FaultlineError,
  isDefiniteError,
  isErrorBody,
  maelstromErrors,
  toErrorBody,
} from '../src/index.ts';

const codes = Object.keys(ERROR_KINDS) as ErrorCode[];
const document = readFileSync(new URL('../errors.md', import.meta.url), 'utf8');
const packages = fileURLToPath(new URL('../..', import.meta.url));

/** All sources of all packages but the table itself. */
const sources = readdirSync(packages)
  .map((name) => `${name}/src`)
  .filter((folder) => existsSync(`${packages}${folder}`))
  .flatMap((folder) =>
    readdirSync(`${packages}${folder}`, { encoding: 'utf8', recursive: true }).map(
      (path) => `${folder}/${path}`,
    ),
  )
  .filter((path) => path.endsWith('.ts') && path !== 'protocol/src/errors.ts')
  .map((path) => ({ path, text: readFileSync(`${packages}${path}`, 'utf8') }));

describe('the table of errors', () => {
  test('has no unused code', () => {
    const unused = codes.filter(
      (code) => code !== 'INTERNAL' && !sources.some(({ text }) => text.includes(`'${code}'`)),
    );
    expect(unused).toEqual([]);
  });

  test('has every code that an error is made with', () => {
    const used = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/new FaultlineError\(([^,]*),/g)].flatMap(([, first]) =>
        [...first!.matchAll(/'([^']*)'/g)].map(([, code]) => `${code} in ${path}`),
      ),
    );
    expect(used.length).toBeGreaterThan(30);
    expect(used.filter((each) => !Object.hasOwn(ERROR_KINDS, each.split(' ')[0]!))).toEqual([]);
  });

  test('matches the document, row by row', () => {
    const rows = [...document.matchAll(/^\| `([A-Z_]+)` *\| (\d+) *\| (.*?) *\|$/gm)];
    expect(
      rows.map(([, code, status, meaning]) => ({ code, status: Number(status), meaning })),
    ).toEqual(codes.map((code) => ({ code, ...ERROR_KINDS[code] })));
  });

  test("of Maelstrom's codes is in the document, with whether the outcome is known", () => {
    const rows = [...document.matchAll(/^\| (\d+) *\| `(\w+)` *\| (.*?) *\|/gm)];
    expect(rows.map(([, code, name, outcome]) => [name, Number(code), outcome])).toEqual(
      Object.entries(maelstromErrors).map(([name, code]) => [
        name,
        code,
        isDefiniteError(code) ? 'no effect' : 'unknown',
      ]),
    );
  });
});

describe('an error', () => {
  test('crosses the API with its code, its message and its facts', () => {
    for (const code of codes) {
      const error = new FaultlineError(code, 'a message', { node: 'n1' });
      const body = JSON.parse(JSON.stringify(toErrorBody(error)));
      expect(isErrorBody(body)).toBe(true);
      expect(body).toEqual({ error: { code, message: 'a message', facts: { node: 'n1' } } });
      expect(error.status).toBe(ERROR_KINDS[code].status);
    }
  });

  test('is not recognized in an object that only looks like one', () => {
    for (const value of [
      undefined,
      null,
      'error',
      {},
      { error: null },
      { error: { message: 'm' } },
      { error: { code: 'NOT_FOUND' } },
      { error: { code: 'NO_SUCH_CODE', message: 'm' } },
      { error: { code: 'toString', message: 'm' } },
      { error: { code: ['NOT_FOUND'], message: 'm' } },
    ]) {
      expect(isErrorBody(value)).toBe(false);
    }
  });

  test('with a code is unchanged, and any other thrown value becomes INTERNAL with its cause', () => {
    const ours = new FaultlineError('NOT_FOUND', 'gone');
    expect(asFaultlineError(ours)).toBe(ours);
    const cause = new TypeError('a bug');
    expect(asFaultlineError(cause)).toMatchObject({ code: 'INTERNAL', message: 'a bug', cause });
    expect(asFaultlineError('text')).toMatchObject({ code: 'INTERNAL', message: 'text' });
  });
});

test('an error is definite where Maelstrom says so, and a code that Maelstrom does not know is not', () => {
  const indefinite = [
    maelstromErrors.timeout,
    maelstromErrors.crash,
    2,
    15,
    999,
    1000,
    -1,
    Number.NaN,
  ];
  for (const code of indefinite) expect([code, isDefiniteError(code)]).toEqual([code, false]);
  for (const code of [1, 10, 11, 12, 14, 20, 21, 22, 30]) {
    expect([code, isDefiniteError(code)]).toEqual([code, true]);
  }
});
