import type { Json } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws, drawsAll } from '../../../../test/helpers/draws.ts';
import { checkLinearizable, checkMutualExclusion, lease, readHistory } from '../../src/index.ts';
import { at, type Given, history, outcome } from './helpers.ts';

const acquire = (
  process: string,
  times: [number, number],
  token: number,
  leaseMs = 500,
): Given => ({
  f: 'acquire',
  process,
  ...at(...times),
  input: { lease: leaseMs },
  output: { token, lease: leaseMs },
});
const asked = (f: string, process: string, times: [number, number], input: Json): Given => ({
  f,
  process,
  ...at(...times),
  input,
});

describe('a hand-made session with the built-in program lock', () => {
  test.each<[string, readonly Given[], string]>([
    [
      'a lease that is over holds nothing',
      [acquire('a', [0, 10], 1), acquire('b', [600, 610], 2)],
      'ok',
    ],
    [
      'a lease that lasts still holds',
      [acquire('a', [0, 10], 1), acquire('b', [400, 410], 2)],
      'violated: both hold it',
    ],
    [
      'a lease may have begun when it was asked for',
      [acquire('a', [0, 300], 1), acquire('b', [505, 510], 2)],
      'ok',
    ],
    [
      'a lease that only the answer names counts',
      [{ ...acquire('a', [0, 10], 1), input: null }, acquire('b', [600, 610], 2)],
      'ok',
    ],
    [
      'a renewal begins the lease again',
      [
        acquire('a', [0, 10], 1),
        asked('renew', 'a', [400, 410], { token: 1, lease: 500 }),
        acquire('b', [800, 810], 2),
      ],
      'violated: both hold it',
    ],
    [
      'a renewed lease ends too',
      [
        acquire('a', [0, 10], 1),
        asked('renew', 'a', [400, 410], { token: 1, lease: 500 }),
        acquire('b', [950, 960], 2),
      ],
      'ok',
    ],
    [
      'the gap before a late renewal is not held for certain',
      [
        acquire('a', [0, 10], 1),
        acquire('b', [600, 610], 2, 50),
        asked('renew', 'a', [700, 710], { token: 1, lease: 500 }),
      ],
      'ok',
    ],
    [
      'a renewal of an older token is a second holder',
      [
        acquire('a', [0, 10], 1),
        acquire('a', [600, 610], 2),
        asked('renew', 'a', [700, 710], { token: 1, lease: 500 }),
      ],
      'violated: both hold it',
    ],
    [
      'a release names its token, regardless of the caller',
      [
        acquire('a', [0, 10], 1),
        asked('release', 'b', [20, 30], { token: 1 }),
        acquire('c', [40, 50], 2),
      ],
      'ok',
    ],
    [
      'a release of another token releases nothing',
      [
        acquire('a', [0, 10], 2),
        asked('release', 'a', [20, 30], { token: 1 }),
        acquire('c', [40, 50], 3),
      ],
      'violated: both hold it',
    ],
  ])('%s', (_, given, expected) => {
    expect(outcome(checkMutualExclusion(history(given)))).toBe(expected);
  });

  test.each<[string, readonly Given[], string]>([
    ['tokens as fields are seen', [acquire('a', [0, 10], 1), acquire('b', [20, 30], 2)], 'ok'],
    [
      'tokens as fields have to grow',
      [acquire('a', [0, 10], 2), acquire('b', [20, 30], 1)],
      'violated: token',
    ],
    [
      'a write with an old token is seen',
      [
        acquire('a', [0, 10], 1),
        acquire('b', [600, 610], 2),
        asked('write', 'b', [620, 630], { token: 2, value: 'b' }),
        asked('write', 'a', [640, 650], { token: 1, value: 'a' }),
      ],
      'violated: fencing',
    ],
    [
      'a write without a token is passed over',
      [acquire('a', [0, 10], 1), asked('write', 'b', [20, 30], 7)],
      'ok',
    ],
  ])('with leases, %s', (_, given, expected) => {
    expect(outcome(checkMutualExclusion(history(given), { leases: true }))).toBe(expected);
    const { verdict } = checkLinearizable(
      history(given).operations.filter(({ f, input }) => f !== 'write' || input !== 7),
      lease,
    );
    expect(verdict).toBe(expected.split(':')[0]);
  });

  test('is judged as it was recorded', () => {
    const recorded = [
      { type: 'invoke', process: 'c1', atMs: 0, f: 'acquire', value: { key: 'l', lease: 500 } },
      { type: 'ok', process: 'c1', atMs: 9, f: 'acquire', value: { token: 2, lease: 500 } },
      { type: 'invoke', process: 'c2', atMs: 700, f: 'acquire', value: { key: 'l', lease: 500 } },
      { type: 'ok', process: 'c2', atMs: 709, f: 'acquire', value: { token: 1, lease: 500 } },
    ];
    const session = readHistory(recorded.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(outcome(checkMutualExclusion(session))).toBe('violated: token');
    expect(outcome(checkMutualExclusion(session, { leases: true }))).toBe('violated: token');
  });
});

test('two holders are found exactly where two intervals of certainty overlap', () => {
  const drawn = fc.record({
    process: fc.constantFrom('a', 'b', 'c'),
    fromMs: fc.nat(40),
    tookMs: fc.nat(4),
    leaseMs: fc.option(fc.integer({ min: 1, max: 12 })),
    heldMs: fc.option(fc.integer({ min: 1, max: 12 })),
  });
  let violated = 0;
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 2, maxLength: 5 }), (turns) => {
      const given = turns.flatMap(({ process, fromMs, tookMs, leaseMs, heldMs }, i): Given[] => {
        const token = i + 1;
        const acquired: Given = {
          f: 'acquire',
          process: `${process}${i}`,
          ...at(fromMs, fromMs + tookMs),
          output: leaseMs === null ? { token } : { token, lease: leaseMs },
        };
        if (heldMs === null) return [acquired];
        const times = at(fromMs + tookMs + heldMs, fromMs + tookMs + heldMs + 1);
        return [acquired, { f: 'release', process: `${process}${i}`, ...times, input: { token } }];
      });
      const held = turns
        .map(({ fromMs, tookMs, leaseMs, heldMs }) => ({
          from: fromMs + tookMs,
          to: Math.min(fromMs + (leaseMs ?? Infinity), fromMs + tookMs + (heldMs ?? Infinity)),
        }))
        .filter(({ from, to }) => from < to);
      const overlap = held.some((a, i) =>
        held.some((b, j) => i < j && a.from < b.to && b.from < a.to),
      );
      if (overlap) violated += 1;
      const { stats } = checkMutualExclusion(history(given));
      expect((stats['both hold it'] ?? 0) > 0).toBe(overlap);
    }),
    { numRuns: draws(500) },
  );
  if (drawsAll) expect(violated).toBeGreaterThan(50);
});

test('many acquisitions that are never released take little time', () => {
  const given = Array.from({ length: 60_000 }, (_, i): Given => {
    const times: [number, number] = [i * 10, i * 10 + 1];
    return i % 2 === 0 ? acquire('a', times, i, 5) : asked('renew', 'a', times, { lease: 2 });
  });
  const began = performance.now();
  expect(outcome(checkMutualExclusion(history(given)))).toBe('ok');
  expect(performance.now() - began).toBeLessThan(5000);
});
