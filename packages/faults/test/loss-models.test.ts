/** Correlated losses: their share and the length of bursts follow the model. */
import { describe, expect, test } from 'vitest';
import { normalQuantile } from '../src/normal.ts';
import { ruleSet, send } from './helpers/messages.ts';
import { binomialBounds } from './helpers/statistics.ts';

const seeds = ['1', 'two', '20260101'];
const links = 'n1>n2';
const n = 100_000;
/** A normal value is beyond this once in a million. */
const z = -normalQuantile(0.5e-6);

const lossesOf = (seed: string, kind: string, settings: object, count = n): boolean[] =>
  send(ruleSet(seed, { kind, links, settings }).edge('n1', 'n2'), count).map(
    (verdict) => verdict !== null,
  );

/** Lengths of the runs of losses, without the last one, which may be incomplete. */
const burstsOf = (losses: readonly boolean[]): number[] =>
  losses
    .map((isLost) => (isLost ? 'x' : '.'))
    .join('')
    .split(/\.+/)
    .filter((run) => run !== '')
    .slice(0, -1)
    .map(({ length }) => length);

function expectShare(count: number, of: number, p: number): void {
  const [low, high] = binomialBounds(of, p);
  expect(count).toBeGreaterThanOrEqual(low);
  expect(count).toBeLessThanOrEqual(high);
}

/**
 * Checks the share of n events of a Markov chain. Such events are not independent: their mean varies like
 * that of n (1-λ)/(1+λ) independent ones, where λ is the chain's second eigenvalue.
 */
function expectMarkovShare(count: number, p: number, eigenvalue: number): void {
  const spread = Math.sqrt((p * (1 - p) * ((1 + eigenvalue) / (1 - eigenvalue))) / n);
  expect(Math.abs(count / n - p)).toBeLessThan(z * spread);
}

const countOf = (losses: readonly boolean[]): number => losses.filter(Boolean).length;

describe('loss with correlation', () => {
  test.each(seeds)('loses the same share as without, seed %s', (seed) => {
    const losses = lossesOf(seed, 'loss', { probability: '10%', correlation: '50%' });
    // An indicator is correlated less than the scores that it is made of.
    expectMarkovShare(countOf(losses), 0.1, 0.5);
  });

  test('loses in longer bursts than without', () => {
    const meanBurst = (correlation: number) => {
      const bursts = burstsOf(lossesOf('1', 'loss', { probability: '10%', correlation }));
      return bursts.reduce((sum, length) => sum + length, 0) / bursts.length;
    };
    expect(meanBurst(0)).toBeCloseTo(1 / 0.9, 1);
    expect(meanBurst(0.5)).toBeGreaterThan(1.3);
    expect(meanBurst(0.9)).toBeGreaterThan(2.5);
  });
});

describe('loss-gemodel', () => {
  const p = 0.02;
  const r = 0.25;

  test.each(seeds)('is bad for p/(p+r) of the messages, seed %s', (seed) => {
    const losses = lossesOf(seed, 'loss-gemodel', { p, r });
    expectMarkovShare(countOf(losses), p / (p + r), 1 - p - r);
  });

  test.each(seeds)('loses a share of each state, seed %s', (seed) => {
    const losses = lossesOf(seed, 'loss-gemodel', { p, r, '1-h': '80%', '1-k': '1%' });
    const bad = p / (p + r);
    expectMarkovShare(countOf(losses), 0.8 * bad + 0.01 * (1 - bad), 1 - p - r);
  });

  test.each(seeds)(
    'has bursts of length 1/r, each as likely to end as the last, seed %s',
    (seed) => {
      const bursts = burstsOf(lossesOf(seed, 'loss-gemodel', { p, r }));
      expectShare(bursts.filter((length) => length === 1).length, bursts.length, r);
      const longer = bursts.filter((length) => length > 1);
      expectShare(longer.filter((length) => length === 2).length, longer.length, r);
    },
  );

  test('by default turns good with 1-p, loses everything while bad and nothing while good', () => {
    const given = lossesOf('1', 'loss-gemodel', { p: '30%' }, 1000);
    const explicit = { p: 0.3, r: 0.7, '1-h': 1, '1-k': 0 };
    expect(lossesOf('1', 'loss-gemodel', explicit, 1000)).toEqual(given);
    expect(given.includes(true)).toBe(true);
  });
});

describe('loss-state', () => {
  const p13 = 0.02;
  const p31 = 0.3;
  const p32 = 0.1;
  const p23 = 0.5;
  const p14 = 0.01;
  const settings = { p13, p31, p32, p23, p14 };

  test.each(seeds)('loses the share of its stationary distribution, seed %s', (seed) => {
    // Salsano and others, §3: the balance of the four states.
    const all = p13 * p23 + p23 * p31 + p14 * p23 * p31 + p13 * p32;
    const lost = (p13 * p23 + p14 * p23 * p31) / all;
    // Its slowest mode decays a little slower than a burst's losses do, 1-p31-p32.
    expectMarkovShare(countOf(lossesOf(seed, 'loss-state', settings)), lost, 0.75);
  });

  test.each(seeds)('has bursts that continue with 1-p31-p32, seed %s', (seed) => {
    const bursts = burstsOf(lossesOf(seed, 'loss-state', { ...settings, p14: 0 }));
    expectShare(bursts.filter((length) => length === 1).length, bursts.length, p31 + p32);
  });

  test.each(seeds)('has only isolated losses if only p14 is above 0, seed %s', (seed) => {
    const bursts = burstsOf(lossesOf(seed, 'loss-state', { p13: 0, p14: '20%' }));
    expect(new Set(bursts)).toEqual(new Set([1]));
    // A message after a lost one is never lost: the share is p14/(1+p14).
    const share = 0.2 / 1.2;
    expect(Math.abs(bursts.length / n - share)).toBeLessThan(0.01);
  });

  test('by default has bursts of geometric length: p31 = 1-p13, p32 = 0, p23 = 1, p14 = 0', () => {
    const explicit = { p13: 0.3, p31: 0.7, p32: 0, p23: 1, p14: 0 };
    const given = lossesOf('1', 'loss-state', { p13: '30%' }, 1000);
    expect(lossesOf('1', 'loss-state', explicit, 1000)).toEqual(given);
    expect(given.includes(true)).toBe(true);
  });
});
