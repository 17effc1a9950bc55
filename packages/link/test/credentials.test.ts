import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../protocol/test/helpers/any-text.ts';
import { isLinkKey, linkKey, linkUrl, sameSecret } from '../src/index.ts';

const text = anyText({ maxLength: 20 });
const incarnation = fc.nat();

describe('a link key', () => {
  test('is valid for the name, the incarnation and the secret that it was made from', () => {
    fc.assert(
      fc.property(text, text, incarnation, (secret, name, incarnation) => {
        expect(isLinkKey(linkKey(secret, name, incarnation), secret, name, incarnation)).toBe(true);
      }),
    );
  });

  test('is invalid for any other name, incarnation or secret', () => {
    const holder = fc.tuple(text, text, incarnation);
    const close = fc.constantFrom(
      ['s', 'n1', 1],
      ['s', 'n1', 2],
      ['s', 'n2', 1],
      ['s', 'n1\n1', 1],
      ['s', 'n11', 1],
      ['s', 'n1', 11],
      ['s2', 'n1', 1],
    ) as fc.Arbitrary<[string, string, number]>;
    const either = fc.oneof(close, holder);
    fc.assert(
      fc.property(either, either, (mine, yours) => {
        fc.pre(mine.join('\0') !== yours.join('\0'));
        expect(isLinkKey(linkKey(...mine), ...yours)).toBe(false);
      }),
    );
  });

  test('is invalid if any character is changed, cut or added', () => {
    const key = linkKey('secret', 'n1', 1);
    for (let i = 0; i < key.length; i++) {
      const other = key[i] === 'A' ? 'B' : 'A';
      const changed = key.slice(0, i) + other + key.slice(i + 1);
      expect(isLinkKey(changed, 'secret', 'n1', 1)).toBe(false);
      expect(isLinkKey(key.slice(0, i), 'secret', 'n1', 1)).toBe(false);
    }
    expect(isLinkKey(`${key}A`, 'secret', 'n1', 1)).toBe(false);
  });

  test('does not reveal the secret', () => {
    expect(linkKey('a secret', 'n1', 1)).not.toContain('secret');
  });
});

test('secrets are equal exactly if their texts are', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(sameSecret(a, a)).toBe(true);
      expect(sameSecret(a, b)).toBe(a === b);
    }),
  );
});

test('the address of a link names and authenticates the member', () => {
  fc.assert(
    fc.property(text, text, incarnation, (secret, name, incarnation) => {
      const url = new URL(linkUrl(4567, secret, name, incarnation));
      expect(url.host).toBe('127.0.0.1:4567');
      expect(url.searchParams.get('name')).toBe(name);
      expect(url.searchParams.get('incarnation')).toBe(String(incarnation));
      expect(isLinkKey(url.searchParams.get('key')!, secret, name, incarnation)).toBe(true);
    }),
  );
});
