import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { formatDuration, parseDuration, roundedDuration } from '../../src/grammar/index.ts';
import { expectRefusal } from './helpers.ts';

describe('parseDuration', () => {
  test.each([
    ['50ms', 50],
    ['1.5s', 1500],
    ['+1h', 3_600_000],
    ['-200us', -0.2],
    ['−200us', -0.2],
    ['7µs', 0.007],
    ['7\u03bcs', 0.007],
    ['0.3us', 0.0003],
    ['1ns', 0.000001],
    ['1m30s', 90_000],
    ['1d2h3m4s5ms6us7ns', 93_784_005.006007],
    ['1.5h30m', 7_200_000],
    ['0.1s', 100],
    [' 50 ms ', 50],
    ['0', 0],
    ['-0', 0],
    ['-0s', 0],
    ['0.0', 0],
    ['0 ms', 0],
    ['+0', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    ['5x', 'expected a unit (ns, us, µs, ms, s, m, h, d) after 5 at character 2 of "5x"'],
    [
      '50',
      'expected a unit (ns, us, µs, ms, s, m, h, d) after 50 at the end of "50": write 50ms or 50s',
    ],
    ['5mins', 'expected a unit (ns, us, µs, ms, s, m, h, d) after 5 at character 2 of "5mins"'],
    ['', 'expected a duration such as 50ms but the text is empty'],
    ['soon', 'expected a duration such as 50ms at character 1 of "soon"'],
    ['--5s', 'expected a duration such as 50ms at character 2 of "--5s"'],
    ['.5s', 'expected a duration such as 50ms at character 1 of ".5s"'],
    [
      '5.s',
      'expected a unit (ns, us, µs, ms, s, m, h, d) after 5 at character 2 of "5.s": write 5ms or 5s',
    ],
    [
      '1m30',
      'expected a unit (ns, us, µs, ms, s, m, h, d) after 30 at the end of "1m30": write 30ms or 30s',
    ],
    ['30s1m', 'expected a smaller unit than s after 30s, at character 5 of "30s1m"'],
    ['1s1s', 'expected a smaller unit than s after 1s, at character 4 of "1s1s"'],
    ['1m 30s', 'expected the end after 1m at character 4 of "1m 30s"'],
    ['0x', 'expected a unit (ns, us, µs, ms, s, m, h, d) after 0 at character 2 of "0x"'],
    ['0 x', 'expected the end after 0 at character 3 of "0 x"'],
    ['5s!', 'expected the end after 5s at character 3 of "5s!"'],
    ['1e3ms', 'expected a unit (ns, us, µs, ms, s, m, h, d) after 1 at character 2 of "1e3ms"'],
    [
      '300000000d',
      'expected a duration of at most 285 thousand years at character 1 of "300000000d"',
    ],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parseDuration(text), 'BAD_DURATION', message);
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [50, '50ms'],
    [0.25, '250µs'],
    [0.0005, '500ns'],
    [1500, '1.5s'],
    [60_000, '1m'],
    [90_500, '1m30.5s'],
    [60_000.1, '1m0.0001s'],
    [86_400_000 + 3_600_000, '1d1h'],
    [-90_000, '-1m30s'],
    [-0.2, '-200µs'],
    [1e-9, '0.001ns'],
  ])('%d ms reads %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('parses back to exactly the same number', () => {
    const ms = fc.oneof(
      fc.double({ min: -9e15, max: 9e15, noNaN: true }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.integer().map((n) => n / 1000),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(ms, (value) => {
        expect(parseDuration(formatDuration(value))).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: draws(2000) },
    );
  });
});

test.each([
  [0, '0ms'],
  [0.0043999, '4.4µs'],
  [41.23456, '41.2ms'],
  [-41.23456, '-41.2ms'],
  [999.9, '1s'],
  [1234.5678, '1.235s'],
  [65_432.1, '1m5.432s'],
  [1e-9, '0ms'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('%d ms is %s for people', (ms, text) => {
  expect(roundedDuration(ms)).toBe(text);
});
