/** A failed test keeps its run and prints how to open it; a passed test leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKeptTest } from '@faultline/experiment';
import { parsePlan } from '@faultline/plans';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const fixture = (name: string): string => join(here, 'fixtures', name);
const bin = (path: string): string => join(root, 'node_modules', path);

const vitest = (file: string): string[] => [
  ...[bin('vitest/vitest.mjs'), 'run', `fixtures/${file}`],
  ...['--config', fixture('vitest.config.ts'), '--root', here],
];

const runMsMax = 45_000;

/** The cache of tsx, relative to the folder for temporary files. */
const tsxCache = `tsx-${process.getuid?.() ?? ''}`;

interface Ran {
  /** The directory of kept runs. */
  readonly home: string;
  readonly temporary: string;
  readonly printed: string;
}

function run(args: readonly string[], verify: (ran: Ran) => void): void {
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-kept-'));
  const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-tmp-'));
  try {
    // Compile once for all runs, not once for each folder of temporary files.
    mkdirSync(join(tmpdir(), tsxCache), { recursive: true });
    symlinkSync(join(tmpdir(), tsxCache), join(temporary, tsxCache));
    // A folder as a killed process leaves it: no process has this id.
    mkdirSync(join(temporary, 'faultline-test-99999999-killed'));
    // With these variables a runner would consider itself part of the one that runs this file.
    const own = Object.entries(process.env).filter(([name]) => !/VITEST|NODE_TEST/.test(name));
    const env = { ...Object.fromEntries(own), FAULTLINE_HOME: home, TMPDIR: temporary };
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      env,
      timeout: runMsMax,
    });
    verify({ home, temporary, printed: `${stdout}${stderr}` });
  } finally {
    for (const dir of [home, temporary]) rmSync(dir, { recursive: true, force: true });
  }
}

const testFolders = (dir: string): string[] =>
  readdirSync(dir).filter((name) => name.startsWith('faultline-test-'));

test.each([
  {
    runner: 'vitest',
    args: vitest('failing.vitest.ts'),
    why: 'the test "fails" failed',
  },
  {
    runner: 'node:test',
    args: ['--import', 'tsx', '--test', fixture('failing.node-test.ts')],
    why: 'the test "fails" failed',
  },
  {
    runner: 'no runner',
    args: ['--import', 'tsx', fixture('failing.plain.ts')],
    why: 'expected the history to be available (1.5)',
    cannot: 'a plan cannot express the check that failed, "be available (1.5)"',
  },
  {
    runner: 'no runner, with an uncaught error',
    args: ['--import', 'tsx', fixture('failing.uncaught.ts')],
    why: 'the test failed',
  },
])(
  'under $runner, a failed test keeps its run and prints how to open it',
  ({ args, why, cannot }) => {
    run(args, ({ home, temporary, printed }) => {
      const kept = readdirSync(join(home, 'runs'));
      expect(kept, printed).toHaveLength(1);
      expect(kept[0]).toMatch(/^failing-/);
      const dir = join(home, 'runs', kept[0]!);
      const files = readdirSync(dir);
      const expected = ['events.jsonl', 'history.jsonl', 'run.json', 'test.json'];
      expect(files).toEqual(expect.arrayContaining(expected));
      expect(files.includes('plan.json')).toBe(cannot === undefined);
      expect(readKeptTest(dir)).toEqual({ unreplayable: cannot ?? null, judgedLoad: 0 });
      if (cannot === undefined) {
        expect(parsePlan(readFileSync(join(dir, 'plan.json'), 'utf8'))).toMatchObject({
          seed: '1',
          cluster: { nodes: 1, program: 'kv' },
          load: { workload: 'register', clients: 1, operations: 2 },
          converge: false,
        });
      }
      expect(readFileSync(join(dir, 'history.jsonl'), 'utf8')).toContain('"invoke"');
      const output = printed.replaceAll(/^# ?/gm, '');
      expect(output).toContain(`faultline: ${why}; its run is in `);
      expect(output).toMatch(/open it: +pnpm cluster timeline --run \S+failing-/);
      if (cannot === undefined) {
        expect(output).toMatch(/replay it: +pnpm cluster replay \S+failing-/);
        expect(output).toContain("The replay does not repeat the test's other assertions");
      } else {
        expect(output).not.toContain('replay it:');
        expect(output).toContain(`it cannot be replayed: ${cannot}`);
      }
      expect(testFolders(temporary)).toEqual([]);
    });
  },
);

test.each([
  [
    'vitest',
    vitest('overdue.vitest.ts'),
    ['exceeds its time limit', 'exceeds its time limit while starting'],
  ],
  [
    'node:test',
    ['--import', 'tsx', '--test', fixture('overdue.node-test.ts')],
    ['exceeds its time limit'],
  ],
])(
  'under %s, the run of a test that exceeds its time limit is kept, and its cluster is taken down',
  (_, args, tests) => {
    run(args, ({ home, temporary, printed }) => {
      const reported = [...printed.matchAll(/faultline: the test "(.*)" failed; its run is in/g)];
      expect(
        reported.map(([, name]) => name),
        printed,
      ).toEqual(tests);
      const kept = readdirSync(join(home, 'runs'));
      expect(kept).toHaveLength(tests.length);
      const plan = readFileSync(join(home, 'runs', kept.sort()[0]!, 'plan.json'), 'utf8');
      expect(parsePlan(plan).load).toMatchObject({ workload: 'register', for: '1h' });
      const pids = [...printed.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
      expect(pids.length).toBeGreaterThan(0);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      expect(testFolders(temporary)).toEqual([]);
    });
  },
);

test('a wait that times out names its line and the events its filter rejected, and a passed run is kept on request', () => {
  run(vitest('waits.vitest.ts'), ({ home, temporary, printed }) => {
    const rejected =
      /waiting for the event node.ready; the filter rejected one event: #\d+ from n1 {.*}/;
    expect(printed).toMatch(rejected);
    expect(printed).toMatch(/❯.*waits\.vitest\.ts:.*8:17/);
    const reasons = [...printed.matchAll(/faultline: (.*); its run is in/g)].map(([, why]) => why);
    expect(reasons).toEqual([
      expect.stringMatching(
        /^the test "waits" failed: timed out after 20ms .* at .*waits\.vitest\.ts:8$/,
      ),
      'the test "passes" passed',
    ]);
    const names = readdirSync(join(home, 'runs')).map((name) => name.replace(/-.*/, ''));
    expect(names.sort()).toEqual(['kept', 'waits']);
    expect(testFolders(temporary)).toEqual([]);
  });
});

test('the plan of a shared cluster is that of the test that failed first, which is named', () => {
  run(vitest('shared.vitest.ts'), ({ home, printed }) => {
    const reasons = [...printed.matchAll(/faultline: (.*); its run is in/g)].map(([, why]) => why);
    expect(reasons, printed).toEqual([
      'the test "four" failed: expected the history to be available (1.5)',
      'the test "five" failed and will be retried',
      'the test "two" failed',
    ]);
    const shared = readdirSync(join(home, 'runs')).find((name) => name.startsWith('shared-'))!;
    const plan = parsePlan(readFileSync(join(home, 'runs', shared, 'plan.json'), 'utf8'));
    expect(plan.load).toMatchObject({ operations: 2 });
    expect(plan.checks).toEqual([]);
    const members = plan.before!.filter(({ add, remove }) => (add ?? remove) !== undefined);
    const calls = plan.before!.flatMap(({ call, body }) => (call === undefined ? [] : [body]));
    // A condition of the test reads until the write is visible.
    const isRead = ({ type }: Record<string, unknown>): boolean => type === 'read';
    const bodies = calls as Record<string, unknown>[];
    expect(bodies.filter((body) => !isRead(body))).toEqual([{ type: 'write', key: 'x', value: 5 }]);
    expect(bodies.filter(isRead).length).toBeGreaterThan(0);
    expect(members).toEqual([{ add: 'n4' }, { remove: 'n4' }, { add: 'n2' }]);
  });
});
