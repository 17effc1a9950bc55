/** Rules about the amount of traffic and its cost: rate, size, cost; and correlated delays. */
import { describe, expect, test } from 'vitest';
import { decide, type EdgeRules } from '../src/index.ts';
import { normalBelow, normalQuantile } from '../src/normal.ts';
import { message, ruleSet, send } from './helpers/messages.ts';
import { kolmogorovSmirnov, kolmogorovSmirnovBound } from './helpers/statistics.ts';

const links = 'n1>n2';

const fateOf = (edge: EdgeRules, bodyBytes: number, nowMs: number): string | number => {
  const [copy] = decide(edge, { ...message, bodyBytes }, nowMs) ?? [];
  if (copy === undefined) return 0;
  return copy.outcome === 'deliver' ? copy.delayMs : copy.outcome;
};

describe('rate', () => {
  const rate = (settings: object) => ({ kind: 'rate', links: '*', settings });

  test('delivers a message when its last byte has been sent, after all earlier messages', () => {
    const edge = ruleSet(1, rate({ rate: '1kB/s' })).edge('n1', 'n2');
    expect(fateOf(edge, 100, 0)).toBe(100);
    expect(fateOf(edge, 100, 50)).toBe(150);
    expect(fateOf(edge, 50, 400)).toBe(50);
  });

  test('drops messages that do not fit into the queue', () => {
    const edge = ruleSet(1, rate({ rate: '1kB/s', limit: '250B' })).edge('n1', 'n2');
    expect([1, 2, 3, 4].map(() => fateOf(edge, 100, 0))).toEqual([
      100,
      200,
      'overflow',
      'overflow',
    ]);
    // After 60 ms there is room for that many bytes again.
    expect(fateOf(edge, 110, 60)).toBe(250);
    expect(fateOf(edge, 1, 60)).toBe('overflow');
  });

  test('accepts a message larger than the queue if the queue is empty', () => {
    const edge = ruleSet(1, rate({ rate: '1kB/s', limit: '250B' })).edge('n1', 'n2');
    expect(fateOf(edge, 1000, 0)).toBe(1000);
    expect(fateOf(edge, 1, 750)).toBe('overflow');
    expect(fateOf(edge, 1000, 1000)).toBe(1000);
  });

  test('never sends faster than its rate, whenever messages arrive', () => {
    const edge = ruleSet(1, rate({ rate: '10kB/s', limit: '2kB' })).edge('n1', 'n2');
    const due: number[] = [];
    for (let atMs = 0; atMs < 10_000; atMs += 3) {
      const waitMs = fateOf(edge, 100, atMs);
      if (typeof waitMs === 'number') due.push(atMs + waitMs);
    }
    expect(due).toEqual([...due].sort((a, b) => a - b));
    due.forEach((atMs, i) => {
      if (i > 0) expect(atMs - due[i - 1]!).toBeGreaterThanOrEqual(10 - 1e-6);
    });
    // Ten seconds and a full queue's worth.
    expect(due.length * 100).toBeCloseTo(102_000, -3);
  });

  test('applies to each link, or to all links of the rule together', () => {
    const own = ruleSet(1, rate({ rate: '1kB/s' }));
    const shared = ruleSet(1, rate({ rate: '1kB/s', per: 'rule' }));
    const both = (rules: typeof own) =>
      ['n2', 'n3'].map((dest) => fateOf(rules.edge('n1', dest), 100, 0));
    expect(both(own)).toEqual([100, 100]);
    expect(both(shared)).toEqual([100, 200]);
  });

  test('counts messages that are lost later, because it is at the sender', () => {
    const always = { kind: 'loss', links, every: 2, settings: { probability: 1 } };
    const edge = ruleSet(1, rate({ rate: '1kB/s' }), always).edge('n1', 'n2');
    expect([1, 2, 3].map(() => fateOf(edge, 100, 0))).toEqual([100, 'lost', 300]);
  });

  test('also applies to reordered messages', () => {
    const delay = { kind: 'delay', links, settings: { delay: '1s' } };
    const always = { kind: 'reorder', links, settings: { probability: 1 } };
    const edge = ruleSet(1, rate({ rate: '1kB/s' }), delay, always).edge('n1', 'n2');
    expect(fateOf(edge, 100, 0)).toBe(100);
  });
});

describe('size', () => {
  test.each([
    [{ max: '100B' }, [100, 101], [0, 'lost']],
    [{ min: '100B' }, [99, 100], ['lost', 0]],
    [{ max: '1kB', min: '10B' }, [9, 10, 1000, 1001], ['lost', 0, 0, 'lost']],
    [{ max: '100B', refuse: true }, [100, 101], [0, 'refused']],
  ])('%j turns bodies of %j bytes into %j', (settings, sizes, expected) => {
    const edge = ruleSet(1, { kind: 'size', links, settings }).edge('n1', 'n2');
    expect(sizes.map((bodyBytes) => fateOf(edge, bodyBytes, 0))).toEqual(expected);
  });

  test('names the size of the message in a refusal', () => {
    const settings = { max: '1kB', refuse: true };
    const edge = ruleSet(1, { kind: 'size', links, settings }).edge('n1', 'n2');
    const [copy] = decide(edge, { ...message, bodyBytes: 5000 }, 0)!;
    expect(copy!.reason).toBe('its 5000 bytes are over the 1000 allowed');
  });
});

describe('cost', () => {
  test('is added up by link, without affecting messages', () => {
    const settings = { perMessage: 0.5, perMegabyte: 20 };
    const rules = ruleSet(1, { kind: 'cost', links: '*', settings }, { kind: 'cut', links });
    expect(send(rules.edge('n2', 'n1'), 2, { bodyBytes: 500_000 })).toEqual([null, null]);
    send(rules.edge('n1', 'n2'), 3, { bodyBytes: 1_000_000 });
    const [report] = rules.reports();
    expect(report).toMatchObject({ looked: 5, matched: 5, hit: 0 });
    expect(report!.sums).toEqual({ messages: 5, bytes: 4_000_000, cost: 82.5 });
    expect(report!.edges.map(({ edge, sums }) => [edge, sums.cost])).toEqual([
      ['n2>n1', 21],
      ['n1>n2', 61.5],
    ]);
  });
});

describe('a delay with correlation', () => {
  const n = 50_000;
  const correlation = 0.6;
  const spec = { kind: 'delay', links, settings: { delay: 'exp 10ms', correlation } };
  const delays = (seed: string) =>
    send(ruleSet(seed, spec).edge('n1', 'n2'), n).map((verdict) => verdict![0]!.delayMs);

  test.each(['1', 'two', '20260101'])('keeps its distribution, seed %s', (seed) => {
    // Neighbors are correlated: these samples weigh as much as a quarter of as many independent ones.
    const weight = (1 - correlation) / (1 + correlation);
    expect(kolmogorovSmirnov(delays(seed), (ms) => 1 - Math.exp(-ms / 10))).toBeLessThan(
      kolmogorovSmirnovBound(n * weight),
    );
  });

  test.each(['1', 'two', '20260101'])(
    'has that correlation, and less with the one before that, seed %s',
    (seed) => {
      const scores = delays(seed).map((ms) => normalQuantile(1 - Math.exp(-ms / 10)));
      const lagged = (lag: number) =>
        scores.slice(lag).reduce((sum, score, i) => sum + score * scores[i]!, 0) / (n - lag);
      // The spread of such a mean is below 2/√n here.
      expect(Math.abs(lagged(1) - correlation)).toBeLessThan((4.9 * 2) / Math.sqrt(n));
      expect(Math.abs(lagged(2) - correlation ** 2)).toBeLessThan((4.9 * 2) / Math.sqrt(n));
    },
  );

  test('gives each copy its own delay, and does not affect other messages', () => {
    const twice = { kind: 'duplicate', links, settings: { probability: 1 } };
    const alone = send(ruleSet(1, spec).edge('n1', 'n2'), 100);
    const copied = send(ruleSet(1, twice, spec).edge('n1', 'n2'), 100);
    // The rule's place does not count for its draws, so the originals' delays are those without copies.
    expect(copied.map((verdict) => verdict![0]!.delayMs)).toEqual(
      alone.map((verdict) => verdict![0]!.delayMs),
    );
    expect(copied.every((verdict) => verdict![0]!.delayMs !== verdict![1]!.delayMs)).toBe(true);
  });

  test('scores convert to draws and back', () => {
    expect(normalBelow(normalQuantile(0.3))).toBeCloseTo(0.3, 12);
  });
});
