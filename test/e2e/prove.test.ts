/** That wrong programs are found to be wrong, and right ones right. All of them: `pnpm prove`. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../helpers/cluster.ts';

const prove = async (...args: string[]): Promise<string> => {
  const tsx = join(root, 'node_modules/.bin/tsx');
  const { stdout } = await promisify(execFile)(tsx, ['scripts/prove/main.ts', ...args], {
    cwd: root,
  });
  return stdout;
};

test('plans tell wrong forms from right ones', { timeout: 120_000 }, async () => {
  const chosen = ['locks-without-fencing', 'ids-by-clock', 'drops-gossip'];
  const said = await prove(...chosen, '--runs', '1', '--at-a-time', '2', '--json');
  const { rows } = JSON.parse(said) as { rows: Record<string, unknown>[] };
  expect(rows).toMatchObject(
    rows.map(() => ({ runs: 1, exposed: 1, passed: 1, falseAlarms: 0, isEnough: true })),
  );
  expect(rows.map(({ form }) => form).sort()).toEqual([...chosen].sort());
});

test('every wrong form has a plan, and is one of those that are proved', async () => {
  const files = readdirSync(join(root, 'test/fixtures/wrong'));
  const [programs, plans] = ['.ts', '.yaml'].map((ending) =>
    files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length)),
  );
  const help = await prove('--help');
  const listed = /There are (.*)\.\n/.exec(help)?.[1]?.split(', ') ?? [];
  expect(plans).toEqual(programs);
  expect(listed.sort()).toEqual(programs);
  expect(listed.length).toBeGreaterThanOrEqual(10);
});
