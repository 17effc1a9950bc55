import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hybrid } from '../src/index.ts';

const timestamps = fc.record({
  l: fc.oneof(fc.integer({ min: 0, max: hybrid.MAX_L }), fc.nat({ max: 3 })),
  c: fc.oneof(fc.integer({ min: 0, max: hybrid.MAX_C }), fc.nat({ max: 3 })),
});

test('both compact forms restore the timestamp', () => {
  fc.assert(
    fc.property(timestamps, (timestamp) => {
      expect(hybrid.unpack(hybrid.pack(timestamp))).toEqual(timestamp);
      expect(hybrid.parse(hybrid.format(timestamp))).toEqual(timestamp);
    }),
  );
});

test('packed timestamps order as timestamps do, and so do their texts', () => {
  fc.assert(
    fc.property(timestamps, timestamps, (a, b) => {
      const order = Math.sign(hybrid.compare(a, b));
      const [packedA, packedB] = [hybrid.pack(a), hybrid.pack(b)];
      expect(packedA < packedB ? -1 : packedA > packedB ? 1 : 0).toBe(order);
      const [textA, textB] = [hybrid.format(a), hybrid.format(b)];
      expect(textA < textB ? -1 : textA > textB ? 1 : 0).toBe(order);
    }),
  );
});

test('l decides before c', () => {
  expect(hybrid.compare({ l: 1, c: 9 }, { l: 2, c: 0 })).toBeLessThan(0);
  expect(hybrid.compare({ l: 2, c: 1 }, { l: 2, c: 0 })).toBeGreaterThan(0);
  expect(hybrid.compare({ l: 2, c: 1 }, { l: 2, c: 1 })).toBe(0);
});

test('the forms look as documented', () => {
  expect(hybrid.format({ l: 1_736_942_400_000, c: 3 })).toBe('001736942400000.00003');
  expect(hybrid.pack({ l: 1, c: 2 })).toBe(0x1_0002n);
  expect(hybrid.pack({ l: hybrid.MAX_L, c: hybrid.MAX_C })).toBe(2n ** 64n - 1n);
});

describe('an invalid timestamp is rejected', () => {
  test.each([
    { l: -1, c: 0 },
    { l: 0.5, c: 0 },
    { l: hybrid.MAX_L + 1, c: 0 },
    { l: 0, c: hybrid.MAX_C + 1 },
    { l: Number.NaN, c: 0 },
  ])('%o', (timestamp) => {
    expect(hybrid.isTimestamp(timestamp)).toBe(false);
    expect(() => hybrid.pack(timestamp)).toThrow(RangeError);
    expect(() => hybrid.format(timestamp)).toThrow(RangeError);
  });

  test.each([-1n, 2n ** 64n])('packed %s', (packed) => {
    expect(() => hybrid.unpack(packed)).toThrow(RangeError);
  });

  test.each([
    '',
    '1.2',
    '001736942400000.00003 ',
    '001736942400000.99999',
    '999999999999999.00000',
  ])("text '%s'", (text) => {
    expect(() => hybrid.parse(text)).toThrow(RangeError);
  });
});
