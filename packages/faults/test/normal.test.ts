import { describe, expect, test } from 'vitest';
import { normalBelow, normalQuantile } from '../src/normal.ts';

describe('the normal distribution', () => {
  // Values from tables of 16 digits.
  test.each([
    [0.5, 0],
    [0.6, 0.2533471031357997],
    [0.975, 1.959963984540054],
    [0.99, 2.3263478740408408],
    [0.0013498980316300933, -3],
    [1e-10, -6.361340902404056],
    [1e-20, -9.26234008979841],
  ])('has the quantile of %d at %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 13);
  });

  test('is unbounded', () => {
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalBelow(-40)).toBe(0);
    expect(normalBelow(40)).toBe(1);
  });

  test('its quantiles invert it', () => {
    for (let z = -6; z <= 6; z += 0.01) {
      const p = normalBelow(z);
      if (z <= 0) expect(normalQuantile(p)).toBeCloseTo(z, 6);
      expect(normalBelow(-z)).toBeCloseTo(1 - p, 14);
      expect(normalBelow(normalQuantile(p))).toBeCloseTo(p, 14);
    }
  });
});
