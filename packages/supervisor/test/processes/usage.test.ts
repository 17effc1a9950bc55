import { expect, test } from 'vitest';
import { readPsUsage, usageOf } from '../../src/processes/usage.ts';

test('a group that has ended is omitted', async () => {
  expect(await usageOf([2 ** 30])).toEqual(new Map());
});

test('the output of ps is summed by group, without descriptors', () => {
  expect([...readPsUsage('  501 1000   0:12.34\n  501  24   1:00.00\n\n PGID RSS TIME\n')]).toEqual(
    [[501, { memoryBytes: 1024 * 1024, cpuMs: 72_340, descriptors: null }]],
  );
});
