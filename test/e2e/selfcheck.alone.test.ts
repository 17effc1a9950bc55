import { expect, test } from 'vitest';
import { Home, outcome, processesOf, spawnCluster } from '../helpers/cluster.ts';

test('every kind of rule passes selfcheck, and nothing is left of the check', async () => {
  await using home = new Home();
  const child = spawnCluster(home.path, ['selfcheck', '--seed', '42', '--json']);
  const { code, stdout, stderr } = await outcome(child);
  const { rows, seed } = JSON.parse(stdout) as {
    rows: { check: string; isRight: boolean }[];
    seed: string;
  };
  expect({ wrong: rows.filter(({ isRight }) => !isRight), stderr }).toEqual({
    wrong: [],
    stderr: '',
  });
  expect({ code, seed }).toEqual({ code: 0, seed: '42' });
  expect(rows.length).toBeGreaterThan(20);
  expect(processesOf(home.path)).toEqual([]);
});
