import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { block, deriveKey, uniform } from '../src/index.ts';
import {
  chiSquare,
  chiSquareBound,
  kolmogorovSmirnov,
  kolmogorovSmirnovBound,
  pairStatistic,
} from './helpers/statistics.ts';

const hex = (words: readonly number[]) =>
  words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('threefry', () => {
  // Known answers of Random123, kat_vectors: threefry2x32 20.
  test.each([
    [[0, 0], [0, 0], '6b200159 99ba4efe'],
    [[-1, -1], [-1, -1], '1cb996fc bb002be7'],
    [[0x243f6a88, 0x85a308d3], [0x13198a2e, 0x03707344], 'c4923a9c 483df7a0'],
  ])(
    'of counter %j under key %j is the published one',
    ([c0 = 0, c1 = 0], [k0 = 0, k1 = 0], words) => {
      expect(hex(block({ k0, k1 }, c0, c1))).toBe(words);
    },
  );

  test('takes counters modulo 2^32', () => {
    const key = deriveKey('seed');
    expect(uniform(key, 2 ** 32 + 5, 7)).toBe(uniform(key, 5, 7));
    expect(uniform(key, 2 ** 32 - 1, 0)).toBe(uniform(key, -1, 0));
  });
});

describe('a key', () => {
  test('differs if its texts or the borders between them differ', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 9 }),
      fc.constantFrom('', 'n', 'n1', 'n2', '\0', '\0\0'),
    );
    const texts = fc.array(text, { maxLength: 4 });
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(deriveKey(...a)).not.toEqual(deriveKey(...b));
      }),
      { numRuns: draws(3000) },
    );
    expect(deriveKey('ab', 'c')).not.toEqual(deriveKey('a', 'bc'));
    expect(deriveKey('a')).not.toEqual(deriveKey('a', ''));
  });

  test('never changes, because recordings depend on it', () => {
    const { k0, k1 } = deriveKey('42', 'loss', 'n1', 'n2');
    expect(hex([k0 >>> 0, k1 >>> 0])).toMatchInlineSnapshot(`"b5cfc094 37f0905c"`);
    expect(uniform({ k0, k1 }, 1, 0)).toMatchInlineSnapshot(`0.816673798288087`);
  });
});

describe.each(['1', 'two', '20260101'])('draws of seed %s', (seed) => {
  const n = 200_000;
  const ordinals = Array.from({ length: n }, (_, i) => i + 1);
  const key = deriveKey(seed, 'rule', 'n1', 'n2');
  const draws = ordinals.map((ordinal) => uniform(key, ordinal, 0));

  test('lie in [0, 1) and are uniform', () => {
    expect(Math.min(...draws.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(draws.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(kolmogorovSmirnov(draws, (x) => x)).toBeLessThan(kolmogorovSmirnovBound(n));
    const counts = new Array<number>(1000).fill(0);
    for (const u of draws) counts[Math.floor(u * 1000)]!++;
    expect(chiSquare(counts)).toBeLessThan(chiSquareBound(999));
  });

  test('are uniform in the low bits too', () => {
    const counts = new Array<number>(256).fill(0);
    for (const u of draws) counts[(u * 2 ** 53) % 256]!++;
    expect(chiSquare(counts)).toBeLessThan(chiSquareBound(255));
  });

  const ofKey = (...texts: string[]) => {
    const other = deriveKey(...texts);
    return (ordinal: number) => uniform(other, ordinal, 0);
  };
  const others: [string, (ordinal: number) => number][] = [
    ['the next ordinal', (ordinal) => uniform(key, ordinal + 1, 0)],
    ['the ordinal after a thousand more', (ordinal) => uniform(key, ordinal + 1000, 0)],
    ['the next draw of the message', (ordinal) => uniform(key, ordinal, 1)],
    ['another edge', ofKey(seed, 'rule', 'n1', 'n3')],
    ['the way back', ofKey(seed, 'rule', 'n2', 'n1')],
    ['another rule', ofKey(seed, 'ruld', 'n1', 'n2')],
    ['the next seed', ofKey(`${seed}1`, 'rule', 'n1', 'n2')],
  ];
  test.each(others)('are independent of the draws of %s', (_, other) => {
    expect(pairStatistic(draws, (i) => other(ordinals[i]!))).toBeLessThan(chiSquareBound(255));
  });
});
