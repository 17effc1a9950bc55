/** A failed test leaves its run and says how to open it; a test that passed leaves nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePlan } from '@faultline/plans';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const fixture = (name: string): string => join(here, 'fixtures', name);
const bin = (path: string): string => join(root, 'node_modules', path);

test.each([
  {
    runner: 'vitest',
    args: [
      bin('vitest/vitest.mjs'),
      'run',
      '--config',
      fixture('vitest.config.ts'),
      '--root',
      here,
    ],
    why: 'the test failed',
  },
  {
    runner: 'node:test',
    args: ['--import', 'tsx', '--test', fixture('failing.node-test.ts')],
    why: 'the test failed',
  },
  {
    runner: 'no runner',
    args: ['--import', 'tsx', fixture('failing.plain.ts')],
    why: 'the history was to be answered (1.5)',
    note: 'No plan can say be answered (1.5): it is not judged.',
  },
  {
    runner: 'no runner, with an error that nobody catches',
    args: ['--import', 'tsx', fixture('failing.uncaught.ts')],
    why: 'the test failed',
  },
])('under $runner', ({ args, why, note = 'What the test asserted by itself is not judged.' }) => {
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-kept-'));
  const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-tmp-'));
  try {
    // With all of it a runner takes itself for a part of the one that runs this.
    const own = Object.entries(process.env).filter(([name]) => !/VITEST|NODE_TEST/.test(name));
    const env = { ...Object.fromEntries(own), FAULTLINE_HOME: home, TMPDIR: temporary };
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env });
    const printed = `${stdout}${stderr}`;
    const kept = readdirSync(join(home, 'runs'));
    expect(kept, printed).toHaveLength(1);
    expect(kept[0]).toMatch(/^failing-/);
    const files = readdirSync(join(home, 'runs', kept[0]!));
    const expected = ['events.jsonl', 'history.jsonl', 'plan.json', 'run.json'];
    expect(files).toEqual(expect.arrayContaining(expected));
    const plan = readFileSync(join(home, 'runs', kept[0]!, 'plan.json'), 'utf8');
    expect(parsePlan(plan)).toMatchObject({
      seed: '1',
      cluster: { nodes: 1, program: 'kv' },
      load: { workload: 'register', clients: 1, operations: 2 },
    });
    expect(readFileSync(join(home, 'runs', kept[0]!, 'history.jsonl'), 'utf8')).toContain(
      '"invoke"',
    );
    const told = printed.replaceAll(/^# ?/gm, '');
    expect(told).toContain(`faultline: ${why}; its run is in `);
    expect(told).toMatch(/open it: +pnpm cluster trace --run \S+failing-/);
    expect(told).toMatch(/replay it: +pnpm cluster replay \S+failing-/);
    expect(told).toContain(note);
    expect(readdirSync(temporary).filter((name) => name.startsWith('faultline-test-'))).toEqual([]);
  } finally {
    for (const dir of [home, temporary]) rmSync(dir, { recursive: true, force: true });
  }
});
