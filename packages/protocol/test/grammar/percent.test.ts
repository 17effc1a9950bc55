import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { formatPercent, parsePercent, parsePpm } from '../../src/grammar/index.ts';
import { expectRefusal } from './helpers.ts';

describe('parsePercent', () => {
  test.each([
    ['5%', 0.05],
    ['0.1%', 0.001],
    ['0.05', 0.05],
    ['1', 1],
    ['100%', 1],
    ['0', 0],
    ['0%', 0],
    ['7%', 0.07],
    [' 5 % ', 0.05],
  ])('%s is %d', (text, probability) => {
    expect(parsePercent(text)).toBe(probability);
  });

  const form = 'a percentage such as 5% or a probability such as 0.05';
  test.each([
    ['5', 'expected a probability of at most 1, or a % sign, at character 1 of "5": write 5%'],
    ['500', 'expected a probability of at most 1, or a % sign, at character 1 of "500"'],
    ['150%', 'expected at most 100% at character 1 of "150%"'],
    ['-5%', `expected ${form} at character 1 of "-5%": a probability is never negative`],
    ['', `expected ${form} but the text is empty`],
    ['%', `expected ${form} at character 1 of "%"`],
    ['often', `expected ${form} at character 1 of "often"`],
    ['5%%', 'expected the end after % at character 3 of "5%%"'],
    ['0.5x', 'expected the end after 0.5 at character 4 of "0.5x"'],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parsePercent(text), 'BAD_PERCENT', message);
  });
});

describe('formatPercent', () => {
  test.each([
    [0.05, '5%'],
    [0.07, '7%'],
    [0.001, '0.1%'],
    [1, '100%'],
    [0, '0%'],
    [1e-9, '0.0000001%'],
  ])('%d reads %s', (probability, text) => {
    expect(formatPercent(probability)).toBe(text);
  });

  test('parses back to exactly the same number', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (p) => {
        expect(parsePercent(formatPercent(p))).toBe(p === 0 ? 0 : p);
      }),
      { numRuns: draws(2000) },
    );
  });
});

describe('parsePpm', () => {
  test.each([
    ['200ppm', 200],
    ['-50ppm', -50],
    ['1%', 10_000],
    ['-0.5%', -5000],
    ['0.1 ppm', 0.1],
    ['0', 0],
    ['-0ppm', 0],
  ])('%s is %d ppm', (text, ppm) => {
    expect(parsePpm(text)).toBe(ppm);
  });

  test.each([
    ['200', 'expected a unit (ppm, %) after 200 at the end of "200": write 200ppm'],
    ['200ppb', 'expected a unit (ppm, %) after 200 at character 4 of "200ppb": write 200ppm'],
    ['fast', 'expected a drift such as 200ppm or -1% at character 1 of "fast"'],
    ['1%%', 'expected the end after 1% at character 3 of "1%%"'],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parsePpm(text), 'BAD_PERCENT', message);
  });
});
