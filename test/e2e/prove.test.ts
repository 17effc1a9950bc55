/** Wrong programs are exposed, and right ones pass. `pnpm prove` runs all of them. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Outcome } from '../../scripts/prove/outcome.ts';
import { linesOf, rowOf } from '../../scripts/prove/table.ts';
import { root } from '../helpers/cluster.ts';

const run = promisify(execFile);

const prove = async (...args: string[]): Promise<string> => {
  const tsx = join(root, 'node_modules/.bin/tsx');
  const { stdout } = await run(tsx, ['scripts/prove/main.ts', ...args], { cwd: root });
  return stdout;
};

/** The rows of the table, even of a table that does not suffice. */
async function rowsOf(forms: readonly string[], runs: number): Promise<Record<string, unknown>[]> {
  const args = [...forms, '--runs', String(runs), '--at-a-time', '2', '--json'];
  const printed = await prove(...args).catch((error: { stdout: string }) => {
    if (!error.stdout.startsWith('{')) throw error;
    return error.stdout;
  });
  return (JSON.parse(printed) as { rows: Record<string, unknown>[] }).rows;
}

test('plans distinguish wrong forms from right ones', { timeout: 180_000 }, async () => {
  const chosen = ['votes-twice', 'answers-before-sync', 'quorum-of-half'];
  const rows = await rowsOf(chosen, 1);
  expect(rows.map(({ form }) => form).sort()).toEqual([...chosen].sort());
  expect(rows).toMatchObject(rows.map(() => ({ runs: 1, passed: 1, falseAlarms: 0 })));
  // At least 19 of 20 runs expose a form, so five runs without exposure are very rare.
  const missed = rows.filter(({ exposed }) => exposed !== 1).map(({ form }) => String(form));
  const again = missed.length === 0 ? [] : await rowsOf(missed, 4);
  for (const row of again) expect(row.exposed, JSON.stringify(row)).toBeGreaterThan(0);
});

test('every wrong form has a plan, and is among the proved ones', async () => {
  const files = readdirSync(join(root, 'test/fixtures/wrong'));
  const [programs, plans] = ['.ts', '.yaml'].map((suffix) =>
    files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length)),
  );
  const help = await prove('--help');
  const listed = /Forms: (.*)\.\n/.exec(help)?.[1]?.split(', ') ?? [];
  expect(plans).toEqual(programs);
  expect(listed.sort()).toEqual(programs);
  expect(listed.length).toBeGreaterThanOrEqual(10);
});

/** The number of runs with each verdict. */
const outcomes = (counts: Partial<Record<Outcome['verdict'], number>>): Outcome[] =>
  Object.entries(counts).flatMap(([verdict, count]) =>
    Array.from({ length: count }, (_, i) => ({
      verdict: verdict as Outcome['verdict'],
      seed: String(i),
      why: `${verdict} it was.`,
      runDir: null,
    })),
  );
const row = (wrong: Outcome[], right: Outcome[]) =>
  rowOf({ name: 'a-form', breaks: 'a rule' }, { wrong, right }, 1);

test('at least 19 of 20 runs must expose the wrong form, and every run of the right form must pass', () => {
  const all = outcomes({ ok: 20 });
  expect(row(outcomes({ violated: 20 }), all).isEnough).toBe(true);
  expect(row(outcomes({ violated: 19, ok: 1 }), all).isEnough).toBe(true);
  expect(row(outcomes({ violated: 18, ok: 2 }), all).isEnough).toBe(false);
  expect(row(outcomes({ violated: 20 }), outcomes({ ok: 19, violated: 1 }))).toMatchObject({
    isEnough: false,
    passed: 19,
    falseAlarms: 1,
  });
  expect(row([], []).isEnough).toBe(false);
});

test('an undecided run counts as neither exposed nor passed, and is reported with the reason', () => {
  const undecided = { unknown: 1, vacuous: 1, partial: 1, failed: 1 } as const;
  const made = row(outcomes({ violated: 16, ...undecided }), outcomes({ ok: 16, ...undecided }));
  expect(made).toMatchObject({
    exposed: 16,
    passed: 16,
    falseAlarms: 0,
    undecided: 8,
    isEnough: false,
  });
  const lines = linesOf(made);
  expect(lines[0]).toMatch(/^a-form +16 of 20 +16 of 20 +0 +8 +1 +a rule$/);
  for (const side of ['wrong', 'right']) {
    for (const verdict of Object.keys(undecided)) {
      expect(lines).toContain(`  ${side} form, seed 0: ${verdict}. ${verdict} it was.`);
    }
  }
  expect(lines).toHaveLength(9);
});

test('pnpm prove exits with 3 for an unknown form', async () => {
  const unknown = prove('no-such-form');
  await expect(unknown).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringContaining('no form is called no-such-form'),
  });
});
