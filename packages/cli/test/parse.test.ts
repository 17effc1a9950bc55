import { inexactNumber, type Json } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../protocol/test/helpers/any-text.ts';
import { bodyFields, joinSigned, settings, wholeNumber } from '../src/parse.ts';

const badRequest = expect.objectContaining({ code: 'BAD_REQUEST' });

describe('a whole number', () => {
  test.each([
    ['1', 1],
    ['200', 200],
    ['007', 7],
  ])('%s is %i', (text, value) => {
    expect(wholeNumber(1, 200)(text)).toBe(value);
  });

  test.each([
    '',
    ' ',
    '0',
    '201',
    '-1',
    '1.5',
    '1e2',
    '0x10',
    '1 ',
    'five',
    'NaN',
    'Infinity',
    '9'.repeat(400),
  ])('rejects %j and says what was expected', (text) => {
    expect(() => wholeNumber(1, 200)(text)).toThrow(badRequest);
    expect(() => wholeNumber(1, 200)(text)).toThrow(/from 1 to 200/);
  });
});

describe('the fields of a message', () => {
  test('parses a value that is valid JSON, and keeps any other as text', () => {
    const fields = bodyFields([
      'number=1',
      'yes=true',
      'nothing=null',
      'list=[1,"a"]',
      'object={"a":1}',
      'quoted="42"',
      'word=hello world',
      'torn=[1,',
      'empty=',
    ]);
    expect(fields).toEqual({
      number: 1,
      yes: true,
      nothing: null,
      list: [1, 'a'],
      object: { a: 1 },
      quoted: '42',
      word: 'hello world',
      torn: '[1,',
      empty: '',
    });
  });

  test('preserves any JSON whose numbers are exact', () => {
    const exact = fc
      .jsonValue({ stringUnit: anyCharacter })
      .filter((value) => inexactNumber(value as Json) === undefined);
    fc.assert(
      fc.property(exact, (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(bodyFields([`key=${text}`]).key)).toBe(text);
      }),
    );
  });

  test('splits at the first = only, so a value may contain more', () => {
    expect(bodyFields(['query=a=b', 'sum==', 'e=mc=2'])).toEqual({
      query: 'a=b',
      sum: '=',
      e: 'mc=2',
    });
  });

  test('accepts names that are special in JavaScript, like any other field', () => {
    expect(Object.entries(bodyFields(['__proto__=1', 'constructor=2']))).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });

  test.each(['key', '', '=value', '='])('%j is refused', (pair) => {
    expect(() => bodyFields([pair])).toThrow(badRequest);
  });
});

describe('settings', () => {
  test('accumulate, and stay text', () => {
    const flags = ['order=hybrid', 'size=5'];
    const all = flags.reduce((before, flag) => settings(flag, before), {});
    expect(all).toEqual({ order: 'hybrid', size: '5' });
  });

  test('are rejected if a name repeats, without changing the earlier ones', () => {
    const before = Object.freeze({ order: 'hybrid' });
    expect(() => settings('order=wall', before)).toThrow(
      'order is given twice, as order=hybrid and order=wall: give it once',
    );
    expect(settings('size=5', before)).toEqual({ order: 'hybrid', size: '5' });
    expect(before).toEqual({ order: 'hybrid' });
  });

  test.each(['order', '=hybrid'])('%j is refused', (flag) => {
    expect(() => settings(flag, {})).toThrow(badRequest);
  });
});

test('takes a signed value after a flag with an optional value as its value, but not after --', () => {
  expect(joinSigned(['clock', 'n1', '--sync', '-2ms', '--json'])).toEqual([
    'clock',
    'n1',
    '--sync=-2ms',
    '--json',
  ]);
  for (const untouched of [
    ['clock', '--sync'],
    ['clock', '--sync', '--json'],
    ['clock', '--jump', '-2ms'],
    ['up', '--', 'date', '--sync', '-2ms'],
  ]) {
    expect(joinSigned(untouched)).toEqual(untouched);
  }
});

test('rejects a field that is given twice, and names both values', () => {
  expect(() => bodyFields(['key=x', 'value=1', 'key=y'])).toThrow(
    'key is given twice, as key=x and key=y: give it once',
  );
});

test.each(['v=9007199254740993', 'v=-9007199254740993', 'v=1e400', 'v={"a":[9007199254740993]}'])(
  'rejects %s, which would arrive as a different number, and suggests a text',
  (pair) => {
    const [, text] = pair.split(/=(.*)/s);
    expect(() => bodyFields([pair])).toThrow(
      expect.objectContaining({
        code: 'BAD_REQUEST',
        message: `numbers are exact up to 2^53 - 1, and ${pair} is larger: send a text, v='${JSON.stringify(text)}'`,
      }),
    );
    expect(bodyFields([`v=${JSON.stringify(text)}`])).toEqual({ v: text });
  },
);
