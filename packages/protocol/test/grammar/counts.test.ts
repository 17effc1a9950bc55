import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grouped, ordinal } from '../../src/index.ts';

test('thousands of a whole number are grouped as in American English', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (count) => {
      expect(grouped(count)).toBe(count.toLocaleString('en-US'));
    }),
  );
});

test.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [10, '10th'],
  [11, '11th'],
  [12, '12th'],
  [13, '13th'],
  [21, '21st'],
  [111, '111th'],
  [122, '122nd'],
])('%d in order is %s', (count, text) => {
  expect(ordinal(count)).toBe(text);
});
