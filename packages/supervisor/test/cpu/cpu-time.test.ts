import { expect, test } from 'vitest';
import { readPsTimes } from '../../src/cpu/cpu-time.ts';

test.each([
  ['macOS', '  501   0:12.34\n  501   1:00.00\n  777 100:00.50\n', { 501: 72_340, 777: 6_000_500 }],
  ['Linux', '  501 00:00:12\n  777 2-01:00:00\n', { 501: 12_000, 777: 176_400_000 }],
  ['a header, or nothing', 'PGID TIME\n\n', {}],
])('the output of ps on %s is parsed and summed by group', (_, text, times) => {
  const read = [...readPsTimes(text)].map(([group, ms]) => [group, Math.round(ms)]);
  expect(Object.fromEntries(read)).toEqual(times);
});
