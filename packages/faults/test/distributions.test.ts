import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { anyText } from '../../protocol/test/helpers/any-text.ts';
import { delayMsMax, deriveKey, parseDistribution, uniform } from '../src/index.ts';
import { normalBelow } from '../src/normal.ts';
import { refusal } from './helpers/messages.ts';
import { kolmogorovSmirnov, kolmogorovSmirnovBound } from './helpers/statistics.ts';

/** The largest possible draw. */
const highest = 1 - 2 ** -53;

describe('parseDistribution', () => {
  test.each([
    ['50ms', '50ms', 'always 50ms'],
    [' 0.05 s ', '50ms', 'always 50ms'],
    ['0', '0ms', 'always 0ms'],
    [
      '50ms ± 10ms',
      '50ms ± 10ms',
      'normal around 50ms with standard deviation 10ms, never below 0',
    ],
    ['50ms+-10ms', '50ms ± 10ms', 'normal around 50ms with standard deviation 10ms, never below 0'],
    [
      '50ms +/- 10ms',
      '50ms ± 10ms',
      'normal around 50ms with standard deviation 10ms, never below 0',
    ],
    ['10ms..90ms', '10ms..90ms', 'anything from 10ms to 90ms, equally likely'],
    ['0 .. 1s', '0ms..1s', 'anything from 0ms to 1s, equally likely'],
    ['exp 50ms', 'exp 50ms', 'exponential with mean 50ms'],
    [
      'lognormal 50ms p99 400ms',
      'lognormal 50ms p99 400ms',
      'lognormal: half below 50ms, 1 of 100 above 400ms',
    ],
    [
      'pareto 50ms alpha 1.50',
      'pareto 50ms alpha 1.5',
      'Pareto: at least 50ms, with a tail of shape 1.5',
    ],
    [
      'quantiles  0:0.01s 50%:20ms 99.9:200ms 100:1s',
      'quantiles 0:10ms 50:20ms 99.9:200ms 100:1s',
      'as measured, with these delays at these percentiles: 0:10ms, 50:20ms, 99.9:200ms, 100:1s',
    ],
  ])('%s is %s: %s', (text, canonical, description) => {
    const distribution = parseDistribution(text);
    expect(distribution).toMatchObject({ text: canonical, description });
    expect(parseDistribution(canonical).text).toBe(canonical);
  });

  const form =
    'a delay such as 50ms, 50ms ± 10ms, 10ms..90ms, exp 50ms, lognormal 50ms p99 400ms, pareto 50ms alpha 1.5 or quantiles 0:10ms 50:20ms 100:1s';
  const unit = 'a unit (ns, us, µs, ms, s, m, h, d)';
  test.each([
    ['', `expected ${form} but the text is empty`],
    ['-5ms', `expected ${form} at character 1 of "-5ms": a delay is never negative`],
    ['gauss 5ms', `expected ${form} at character 1 of "gauss 5ms"`],
    ['50', `expected ${unit} after 50 at the end of "50": write 50ms or 50s`],
    ['50ms ±', 'expected a duration such as 50ms at the end of "50ms ±"'],
    ['50ms ± 0', 'expected a spread above 0 at character 8 of "50ms ± 0"'],
    ['50ms ± 10', `expected ${unit} after 10 at the end of "50ms ± 10": write 10ms or 10s`],
    ['50ms 10ms', 'expected the end at character 6 of "50ms 10ms"'],
    [
      '90ms..10ms',
      'expected the shorter delay first, then a longer one at character 1 of "90ms..10ms"',
    ],
    [
      '9ms..9ms',
      'expected the shorter delay first, then a longer one at character 1 of "9ms..9ms"',
    ],
    ['2d', 'expected a delay of at most 1d at character 1 of "2d"'],
    ['exp', 'expected a duration such as 50ms at the end of "exp"'],
    ['exp 0ms', 'expected a mean above 0 at character 5 of "exp 0ms"'],
    ['lognormal 50ms', 'expected p99 at the end of "lognormal 50ms"'],
    [
      'lognormal 50ms p99 50ms',
      'expected a p99 above the median of 50ms at character 20 of "lognormal 50ms p99 50ms"',
    ],
    ['lognormal 0 p99 50ms', 'expected a median above 0 at character 11 of "lognormal 0 p99 50ms"'],
    ['pareto 0 alpha 2', 'expected a minimum above 0 at character 8 of "pareto 0 alpha 2"'],
    [
      'pareto 50ms alpha',
      'expected an alpha from 0.1 to 100 at the end of "pareto 50ms alpha": 1.5 has a heavy tail',
    ],
    [
      'pareto 50ms alpha 0',
      'expected an alpha from 0.1 to 100 at character 19 of "pareto 50ms alpha 0": 1.5 has a heavy tail',
    ],
    [
      'quantiles 10:5ms 100:1s',
      'expected the shortest delay first, such as 0:10ms, at character 11 of "quantiles 10:5ms 100:1s"',
    ],
    [
      'quantiles 0:5ms 0:6ms',
      'expected a percentage above 0 and up to 100 at character 17 of "quantiles 0:5ms 0:6ms"',
    ],
    [
      'quantiles 0:5ms 101:6ms',
      'expected a percentage above 0 and up to 100 at character 17 of "quantiles 0:5ms 101:6ms"',
    ],
    [
      'quantiles 0:5ms 50:4ms',
      'expected a delay from 5ms up at character 20 of "quantiles 0:5ms 50:4ms"',
    ],
    [
      'quantiles 0:5ms 50:6ms',
      'expected marks from 0 to 100 percent, such as 0:10ms 50:20ms 100:1s, at the end of "quantiles 0:5ms 50:6ms"',
    ],
  ])('rejects %j', (text, message) => {
    const error = refusal(() => parseDistribution(text));
    expect(error.message).toBe(message);
    expect(error.code).toBe('BAD_DISTRIBUTION');
  });

  test('accepts any text or rejects it with an error about distributions', () => {
    const words = [
      '50ms',
      '0',
      '10ms',
      ' ',
      '±',
      '+-',
      '..',
      'exp',
      'lognormal',
      'pareto',
      'quantiles',
      '0:5ms',
      '100:1s',
      'p99',
      'alpha',
      '1.5',
    ];
    const text = fc.oneof(
      anyText(),
      fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, fc.double({ min: 0, max: highest, noNaN: true }), (given, u) => {
        let distribution: ReturnType<typeof parseDistribution>;
        try {
          distribution = parseDistribution(given);
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_DISTRIBUTION' });
          return;
        }
        expect(distribution.quantile(u)).toBeGreaterThanOrEqual(0);
        expect(distribution.quantile(u)).toBeLessThanOrEqual(delayMsMax);
      }),
      { numRuns: draws(1000) },
    );
  });
});

/** Texts and their distribution functions, derived independently of the quantiles. */
const shapes: [string, (x: number) => number][] = [
  ['50ms ± 10ms', (x) => normalBelow((x - 50) / 10)],
  // A bell of which a good part lies below 0.
  [
    '10ms ± 20ms',
    (x) => (normalBelow((x - 10) / 20) - normalBelow(-0.5)) / (1 - normalBelow(-0.5)),
  ],
  ['0ms ± 20ms', (x) => 2 * normalBelow(x / 20) - 1],
  ['10ms..90ms', (x) => (x - 10) / 80],
  ['exp 50ms', (x) => 1 - Math.exp(-x / 50)],
  [
    'lognormal 50ms p99 400ms',
    (x) => normalBelow((Math.log(x / 50) / Math.log(8)) * 2.3263478740408408),
  ],
  ['pareto 50ms alpha 1.5', (x) => 1 - (50 / x) ** 1.5],
  [
    'quantiles 0:10ms 50:20ms 99:200ms 100:1s',
    (x) => {
      if (x < 20) return 0.5 * ((x - 10) / 10);
      return x < 200 ? 0.5 + 0.49 * ((x - 20) / 180) : 0.99 + 0.01 * ((x - 200) / 800);
    },
  ],
];

describe.each(shapes)('%s', (text, cdf) => {
  const { quantile } = parseDistribution(text);

  test.each(['1', 'two', '20260101'])('has its stated distribution, seed %s', (seed) => {
    const n = 50_000;
    const key = deriveKey(seed, text);
    const samples = Array.from({ length: n }, (_, i) => quantile(uniform(key, i, 0)));
    expect(kolmogorovSmirnov(samples, cdf)).toBeLessThan(kolmogorovSmirnovBound(n));
  });

  test('gives longer delays for larger draws, none of them negative or infinite', () => {
    const draws = [0, 2 ** -53, 1e-9, 0.001, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9, highest];
    const delays = draws.map(quantile);
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(delays[0]).toBeGreaterThanOrEqual(0);
    expect(delays.every((ms) => ms <= delayMsMax)).toBe(true);
    expect(Math.max(...delays)).toBeGreaterThan(quantile(0.5));
  });
});

test('a normal delay has the requested mean and spread', () => {
  const { quantile } = parseDistribution('50ms ± 10ms');
  expect(quantile(0.5)).toBeCloseTo(50, 4);
  expect(quantile(0.8413447460685429)).toBeCloseTo(60, 4);
  expect(quantile(highest)).toBeGreaterThan(130);
  expect(quantile(highest)).toBeLessThan(135);
});

test('a lognormal delay has the requested percentiles', () => {
  const { quantile } = parseDistribution('lognormal 50ms p99 400ms');
  expect(quantile(0.5)).toBeCloseTo(50, 10);
  expect(quantile(0.99)).toBeCloseTo(400, 8);
});

test('the longest tail is limited to a day', () => {
  expect(parseDistribution('pareto 1h alpha 0.1').quantile(highest)).toBe(delayMsMax);
});
