/** A failing test of the kit, its kept plan, and `cluster replay` of that plan. */
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
  // With these variables a runner would consider itself part of the one that runs this file.
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

/** The kept run of the cluster with this name. */
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

test('the plan of a failed test reproduces the experiment, and its replay gives the same verdict', () => {
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
  const bodies = before.flatMap(({ call, body }) => (call === undefined ? [] : [body]));
  const others = before.filter(({ call }) => call === undefined);
  expect(bodies[0]).toEqual({ type: 'write', key: 'k9', value: 1 });
  expect(bodies.slice(1)).toContainEqual({ type: 'read', key: 'k9' });
  expect(others).toEqual([
    { reset: true },
    { load: expect.objectContaining({ workload: 'register', operations: 10 }) },
    { reset: true },
    { pause: expect.stringMatching(/^n[123]$/) },
    { resume: 'all' },
    { partition: expect.stringMatching(/^n[123] \| n[123],n[123]$/) },
  ]);
  // The custom load is the first one in the recording, and is not in the plan.
  expect(readKeptTest(dir)).toEqual({ unreplayable: null, judgedLoad: 2 });
  const { code, stdout, stderr } = replay(dir);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^verdict +violated, as recorded$/m);
  expect(code).toBe(0);
});

test.each([
  [
    'part',
    'the check that failed, "converge", ran on a part of a history or on a modified one, and a plan checks whole histories',
  ],
  [
    'own',
    'a plan refers to workloads by name, and the earlier workload mine is defined in the test',
  ],
])('a test without a plan is not replayed, and the reason is printed: %s', (name, why) => {
  const dir = kept(name);
  expect(readdirSync(dir)).not.toContain('plan.json');
  expect(readKeptTest(dir)?.unreplayable, printed).toBe(why);
  expect(printed).toContain(`it cannot be replayed: ${why}`);
  const { code, stderr } = replay(dir);
  expect(stderr).toContain(`cannot be replayed: ${why}; run the test again`);
  expect(code).toBe(3);
});
