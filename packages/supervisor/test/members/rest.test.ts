import type { RouterStats } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { comesToRest, nothingWaits } from '../../src/members/rest.ts';

const stats = (waiting: number, bytes = 0) =>
  ({ waiting, queuedBytes: { n1: 0, n2: bytes } }) as unknown as RouterStats;

test('a receiver that does not read keeps a cluster from rest, as a delayed message does', () => {
  expect(nothingWaits(stats(0))).toBe(true);
  expect(nothingWaits(stats(1))).toBe(false);
  expect(nothingWaits(stats(0, 8))).toBe(false);
});

test('a cluster is at rest once it was seen at rest twice in a row', async () => {
  const seen = [0, 1, 0, 0, 0].map((waiting) => stats(waiting));
  const cluster = { nodes: [], stats: async () => seen.shift()! };
  expect(await comesToRest(cluster, 'any', 5000)).toBe(true);
  expect(seen).toHaveLength(1);
});
