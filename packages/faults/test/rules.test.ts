/** Each kind of rule: its effect, and how often it acts. */
import { describe, expect, test } from 'vitest';
import { copiesMax } from '../src/index.ts';
import { ruleSet, send } from './helpers/messages.ts';
import { binomialBounds, kolmogorovSmirnov, kolmogorovSmirnovBound } from './helpers/statistics.ts';

const seeds = ['1', 'two', '20260101'];
const links = 'n1>n2';
const n = 20_000;

function expectShare(count: number, of: number, p: number): void {
  const [low, high] = binomialBounds(of, p);
  expect(count).toBeGreaterThanOrEqual(low);
  expect(count).toBeLessThanOrEqual(high);
}

describe('the bounds themselves', () => {
  test('agree with the binomial distribution', () => {
    // P(X = 0) = 0.9^131 = 1.01e-6 > 5e-7 and 0.9^138 = 4.8e-7 < 5e-7.
    expect(binomialBounds(131, 0.1)[0]).toBe(0);
    expect(binomialBounds(138, 0.1)[0]).toBe(1);
    expect(binomialBounds(20, 0.5)).toEqual([0, 20]);
    expect(binomialBounds(21, 0.5)).toEqual([1, 20]);
  });
});

test('cut lets nothing through', () => {
  const edge = ruleSet(1, { kind: 'cut', links }).edge('n1', 'n2');
  for (const verdict of send(edge, 100)) {
    expect(verdict).toEqual([{ outcome: 'cut', delayMs: 0, keepOrder: false, rules: ['r1'] }]);
  }
});

describe('loss', () => {
  test.each(seeds.flatMap((seed) => [0.001, 0.05, 0.5, 0.99].map((p) => [p, seed] as const)))(
    'of %d loses as many, seed %s',
    (probability, seed) => {
      const edge = ruleSet(seed, { kind: 'loss', links, settings: { probability } }).edge(
        'n1',
        'n2',
      );
      const verdicts = send(edge, n);
      const lost = verdicts.filter((verdict) => verdict !== null);
      expectShare(lost.length, n, probability);
      expect(lost[0]).toEqual([{ outcome: 'lost', delayMs: 0, keepOrder: false, rules: ['r1'] }]);
    },
  );

  test.each([
    ['0%', 0],
    ['100%', n],
  ])('of %s loses %d', (probability, expected) => {
    const edge = ruleSet(1, { kind: 'loss', links, settings: { probability } }).edge('n1', 'n2');
    expect(send(edge, n).filter((verdict) => verdict !== null)).toHaveLength(expected);
  });

  test.each(seeds)('of one message is independent of the next, seed %s', (seed) => {
    const edge = ruleSet(seed, { kind: 'loss', links, settings: { probability: '50%' } }).edge(
      'n1',
      'n2',
    );
    const lost = send(edge, n + 1).map((verdict) => verdict !== null);
    expectShare(lost.filter((isLost, i) => i > 0 && isLost === lost[i - 1]).length, n, 0.5);
  });
});

describe('duplicate', () => {
  test.each(seeds)('makes the given number of copies, seed %s', (seed) => {
    const settings = { probability: '10%', copies: 2, spacing: '5ms' };
    const edge = ruleSet(seed, { kind: 'duplicate', links, settings }).edge('n1', 'n2');
    const duplicated = send(edge, n).filter((verdict) => verdict !== null);
    expectShare(duplicated.length, n, 0.1);
    expect(duplicated[0]).toEqual([
      { outcome: 'deliver', delayMs: 0, keepOrder: false, rules: [] },
      { outcome: 'deliver', delayMs: 5, keepOrder: false, rules: ['r1'] },
      { outcome: 'deliver', delayMs: 10, keepOrder: false, rules: ['r1'] },
    ]);
  });

  test('makes one more copy at once by default', () => {
    const edge = ruleSet(1, { kind: 'duplicate', links, settings: { probability: 1 } }).edge(
      'n1',
      'n2',
    );
    expect(send(edge, 1)[0]!.map(({ delayMs }) => delayMs)).toEqual([0, 0]);
  });

  test('multiplies with other duplications, up to a limit', () => {
    const twice = { kind: 'duplicate', links, settings: { probability: 1 } };
    expect(
      send(ruleSet(1, twice, twice).edge('n1', 'n2'), 1)[0]!.map(({ rules }) => rules.join()),
    ).toEqual(['', 'r1', 'r2', 'r1,r2']);
    const much = { kind: 'duplicate', links, settings: { probability: 1, copies: 100 } };
    expect(send(ruleSet(1, much, much, much).edge('n1', 'n2'), 1)[0]).toHaveLength(copiesMax);
  });
});

describe('delay', () => {
  test.each(seeds)('has the requested distribution, seed %s', (seed) => {
    const edge = ruleSet(seed, { kind: 'delay', links, settings: { delay: '10ms..90ms' } }).edge(
      'n1',
      'n2',
    );
    const delays = send(edge, n).map((verdict) => verdict![0]!.delayMs);
    expect(kolmogorovSmirnov(delays, (ms) => (ms - 10) / 80)).toBeLessThan(
      kolmogorovSmirnovBound(n),
    );
  });

  test('adds to other delays, and keeps the order if one of them does', () => {
    const slow = { kind: 'delay', links, settings: { delay: '50ms' } };
    const steady = { kind: 'delay', links: '*', settings: { delay: '7ms', keepOrder: true } };
    expect(send(ruleSet(1, slow, steady).edge('n1', 'n2'), 1)).toEqual([
      [{ outcome: 'deliver', delayMs: 57, keepOrder: true, rules: ['r1', 'r2'] }],
    ]);
  });

  test('delays each copy of a message independently', () => {
    const rules = ruleSet(
      1,
      { kind: 'duplicate', links, settings: { probability: 1, copies: 3 } },
      { kind: 'delay', links, settings: { delay: '10ms..90ms' } },
    );
    const [copies] = send(rules.edge('n1', 'n2'), 1);
    expect(new Set(copies!.map(({ delayMs }) => delayMs)).size).toBe(4);
  });
});

describe('reorder', () => {
  const delay = { kind: 'delay', links: '*', settings: { delay: '50ms', keepOrder: true } };

  test.each(seeds)('sends the given share at once, seed %s', (seed) => {
    const settings = { probability: '25%' };
    const edge = ruleSet(seed, delay, { kind: 'reorder', links, settings }).edge('n1', 'n2');
    const atOnce = send(edge, n).filter((verdict) => verdict![0]!.delayMs === 0);
    expectShare(atOnce.length, n, 0.25);
    expect(atOnce[0]).toEqual([
      { outcome: 'deliver', delayMs: 0, keepOrder: false, rules: ['r1', 'r2'] },
    ]);
  });

  test('with a gap of 5 delays four and sends the fifth at once', () => {
    const settings = { probability: 1, gap: 5 };
    const edge = ruleSet(1, delay, { kind: 'reorder', links, settings }).edge('n1', 'n2');
    const delays = send(edge, 12).map((verdict) => verdict![0]!.delayMs);
    expect(delays).toEqual([50, 50, 50, 50, 0, 50, 50, 50, 50, 0, 50, 50]);
  });

  test.each(seeds)(
    'with a gap delays at least that many in between, then tries each, seed %s',
    (seed) => {
      const settings = { probability: '50%', gap: 5 };
      const edge = ruleSet(seed, delay, { kind: 'reorder', links, settings }).edge('n1', 'n2');
      const delays = send(edge, n).map((verdict) => verdict![0]!.delayMs);
      const runs = delays
        .map((ms) => (ms === 0 ? '0' : 'd'))
        .join('')
        .split('0')
        .slice(0, -1);
      expect(Math.min(...runs.map(({ length }) => length))).toBe(4);
      // Of the candidates, which are the fifth and later of each run, half is sent at once.
      const candidates = runs.reduce((sum, { length }) => sum + length - 4 + 1, 0);
      expectShare(runs.length, candidates, 0.5);
    },
  );

  test('counts messages that another rule loses', () => {
    const settings = { probability: 1, gap: 3 };
    const lossy = { kind: 'loss', links, every: 2, settings: { probability: 1 } };
    const edge = ruleSet(1, delay, lossy, { kind: 'reorder', links, settings }).edge('n1', 'n2');
    const fates = send(edge, 9).map((verdict) => `${verdict![0]!.outcome}${verdict![0]!.delayMs}`);
    expect(fates.map((fate) => fate.replace('deliver', ''))).toEqual([
      ...['50', 'lost0', '0', 'lost0', '50', 'lost0', '50', 'lost0', '0'],
    ]);
  });

  test('leaves the spacing of duplicates alone', () => {
    const twice = { kind: 'duplicate', links, settings: { probability: 1, spacing: '5ms' } };
    const always = { kind: 'reorder', links, settings: { probability: 1 } };
    const [copies] = send(ruleSet(1, twice, delay, always).edge('n1', 'n2'), 1);
    expect(copies!.map(({ delayMs }) => delayMs)).toEqual([0, 5]);
  });

  test('does nothing without a delay', () => {
    const elsewhere = { kind: 'delay', links, type: 'vote', settings: { delay: '50ms' } };
    const always = { kind: 'reorder', links, settings: { probability: 1 } };
    expect(send(ruleSet(1, elsewhere, always).edge('n1', 'n2'), 1)).toEqual([null]);
  });
});

test('hold keeps every copy, with the delay that it would have had', () => {
  const edge = ruleSet(
    1,
    { kind: 'hold', links },
    { kind: 'duplicate', links, settings: { probability: 1 } },
    { kind: 'delay', links, settings: { delay: '50ms' } },
  ).edge('n1', 'n2');
  expect(send(edge, 1)).toEqual([
    [
      { outcome: 'held', delayMs: 50, keepOrder: false, rules: ['r3', 'r1'] },
      { outcome: 'held', delayMs: 50, keepOrder: false, rules: ['r2', 'r3', 'r1'] },
    ],
  ]);
});

describe('the order', () => {
  const every = (kind: string, settings = {}) => ({ kind, links, settings });
  const all = [
    every('hold'),
    every('delay', { delay: '50ms' }),
    every('reorder', { probability: 1 }),
    every('duplicate', { probability: 1 }),
    every('loss', { probability: 1 }),
    every('cut'),
  ];

  test('is by stage, whatever was installed first', () => {
    const rules = ruleSet(1, ...all);
    const edge = rules.edge('n1', 'n2');
    expect(
      edge.rules.map(({ rule }) => rules.list().find(({ id }) => id === rule.id)!.spec.kind),
    ).toEqual([...['cut', 'loss', 'duplicate', 'delay', 'reorder', 'hold']]);
    expect(send(edge, 1)).toEqual([
      [{ outcome: 'cut', delayMs: 0, keepOrder: false, rules: ['r6'] }],
    ]);
    rules.remove('r6');
    expect(send(edge, 1)).toEqual([
      [{ outcome: 'lost', delayMs: 0, keepOrder: false, rules: ['r5'] }],
    ]);
    rules.remove('r5');
    expect(send(edge, 1)[0]!.map((copy) => copy.rules.join())).toEqual(['r2,r3,r1', 'r4,r2,r3,r1']);
  });

  test('within a kind is the order of installation', () => {
    const slow = (delay: string) => ({ kind: 'delay', links, settings: { delay } });
    const rules = ruleSet(1, slow('1ms'), slow('2ms'), slow('3ms'));
    const edge = rules.edge('n1', 'n2');
    rules.remove('r2');
    rules.add(slow('2ms'), { id: 'r2', nowMs: 0 });
    expect(send(edge, 1)[0]![0]!.rules).toEqual(['r1', 'r3', 'r2']);
  });
});
