/** A test of the kit that fails, the plan that is kept of it, and `cluster replay` of that. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKeptTest } from '@faultline/experiment';
import { parsePlan } from '@faultline/plans';
import { afterAll, beforeAll, expect, test } from 'vitest';

const kit = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const home = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-replay-'));
const ranMsMax = 90_000;

function node(...args: string[]) {
  // With all of it a runner takes itself for a part of the one that runs this.
  const own = Object.entries(process.env).filter(([name]) => !/VITEST|NODE_TEST/.test(name));
  const env = { ...Object.fromEntries(own), FAULTLINE_HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env,
    timeout: ranMsMax,
  });
  return { code: status, stdout: String(stdout), stderr: String(stderr) };
}

const replay = (dir: string) => node(join(root, 'scripts/cluster.mjs'), 'replay', dir);

let printed = '';

/** The run that is kept of the cluster of this name. */
function kept(name: string): string {
  const [dir] = readdirSync(join(home, 'runs')).filter((each) => each.startsWith(`${name}-`));
  expect(dir, printed).toBeDefined();
  return join(home, 'runs', dir!);
}

beforeAll(() => {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const config = join(kit, 'fixtures/vitest.config.ts');
  const { stdout, stderr } = node(
    ...[vitest, 'run', 'fixtures/replayed.vitest.ts', '--config', config, '--root', kit],
  );
  printed = stdout + stderr;
}, ranMsMax);
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('the plan of a failed test is the experiment that failed, and a replay finds the same', () => {
  const dir = kept('stale');
  const plan = parsePlan(readFileSync(join(dir, 'plan.json'), 'utf8'));
  expect(plan, printed).toMatchObject({
    seed: '3',
    cluster: { nodes: 3, program: 'kv', readyTimeout: '15s' },
    load: { workload: 'register', clients: 3, keys: 1, operations: 150 },
    steps: [],
    converge: false,
    checks: [{ linearizable: 'register' }],
  });
  const before = plan.before!.filter(({ wait }) => wait === undefined);
  const asked = before.flatMap(({ call, body }) => (call === undefined ? [] : [body]));
  const others = before.filter(({ call }) => call === undefined);
  expect(asked[0]).toEqual({ type: 'write', key: 'k9', value: 1 });
  expect(asked.slice(1)).toContainEqual({ type: 'read', key: 'k9' });
  expect(others).toEqual([
    { reset: true },
    { load: expect.objectContaining({ workload: 'register', operations: 10 }) },
    { reset: true },
    { pause: expect.stringMatching(/^n[123]$/) },
    { resume: 'all' },
    { partition: expect.stringMatching(/^n[123] \| n[123],n[123]$/) },
  ]);
  // The own load stands first in the recording, and is not in the plan.
  expect(readKeptTest(dir)).toEqual({ unreplayable: null, judgedLoad: 2 });
  const { code, stdout, stderr } = replay(dir);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^verdict +violated, as recorded$/m);
  expect(code).toBe(0);
});

test.each([
  [
    'part',
    'the check that failed, "converge", is of a part of a history or of a changed one, and a plan judges all of a load',
  ],
  ['own', "a plan knows workloads by their names, and the earlier load mine is the test's own"],
])('a test that no plan can stand for is not replayed, and that is why: %s', (name, why) => {
  const dir = kept(name);
  expect(readdirSync(dir)).not.toContain('plan.json');
  expect(readKeptTest(dir)?.unreplayable, printed).toBe(why);
  expect(printed).toContain(`it cannot be replayed: ${why}`);
  const { code, stderr } = replay(dir);
  expect(stderr).toContain(`cannot be replayed: ${why}; run the test again`);
  expect(code).toBe(3);
});
