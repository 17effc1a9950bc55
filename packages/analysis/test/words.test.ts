import { expect, test } from 'vitest';
import { duration } from '../src/words.ts';

test.each([
  [0, '0ms'],
  [0.000_123_456, '123ns'],
  [0.012_345, '12.3µs'],
  [1.234_56, '1.23ms'],
  [52.149, '52.1ms'],
  [999.6, '1s'],
  [12_345.678, '12.346s'],
  [3_600_000, '1h'],
  [-3_600_000.000_2, '-1h'],
])('%d ms is formatted as %s', (ms, text) => expect(duration(ms)).toBe(text));
