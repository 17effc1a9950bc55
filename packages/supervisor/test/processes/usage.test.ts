import { closeSync, openSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasProc } from '../../src/cpu/cpu-time.ts';
import { readPsUsage, usageOf } from '../../src/processes/usage.ts';

test.runIf(hasProc)('what a group uses rises with what its processes take', async () => {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  const own = async () => (await usageOf([group])).get(group)!;
  const before = await own();
  expect(before.memoryBytes).toBeGreaterThanOrEqual(process.memoryUsage.rss() * 0.9);
  const taken = Buffer.alloc(200_000_000, 1);
  const files = Array.from({ length: 300 }, () => openSync('/dev/null', 'r'));
  for (const endMs = performance.now() + 100; performance.now() < endMs; );
  const after = await own();
  for (const file of files) closeSync(file);
  expect(taken.at(-1)).toBe(1);
  // Others of the group come and go meanwhile.
  expect(after.memoryBytes - before.memoryBytes).toBeGreaterThan(100_000_000);
  expect(after.descriptors! - before.descriptors!).toBeGreaterThan(200);
  expect(after.cpuMs - before.cpuMs).toBeGreaterThanOrEqual(50);
});

test('a group that has ended is left out', async () => {
  expect(await usageOf([2 ** 30])).toEqual(new Map());
});

test('what ps prints is summed by group, without descriptors', () => {
  expect([...readPsUsage('  501 1000   0:12.34\n  501  24   1:00.00\n\n PGID RSS TIME\n')]).toEqual(
    [[501, { memoryBytes: 1024 * 1024, cpuMs: 72_340, descriptors: null }]],
  );
});
