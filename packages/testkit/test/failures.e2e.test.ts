/** A failed test leaves its run and says how to open it; a test that passed leaves nothing. */
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

/** Where tsx keeps what it compiled, relative to the folder for temporary files. */
const tsxCache = `tsx-${process.getuid?.() ?? ''}`;

interface Ran {
  /** Where runs are kept. */
  readonly home: string;
  readonly temporary: string;
  readonly printed: string;
}

function run(args: readonly string[], look: (ran: Ran) => void): void {
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-kept-'));
  const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-tmp-'));
  try {
    // Compiled once for all runs, not once for each folder of temporary files.
    mkdirSync(join(tmpdir(), tsxCache), { recursive: true });
    symlinkSync(join(tmpdir(), tsxCache), join(temporary, tsxCache));
    // As a process that was killed leaves it: no process has this number.
    mkdirSync(join(temporary, 'faultline-test-99999999-killed'));
    // With all of it a runner takes itself for a part of the one that runs this.
    const own = Object.entries(process.env).filter(([name]) => !/VITEST|NODE_TEST/.test(name));
    const env = { ...Object.fromEntries(own), FAULTLINE_HOME: home, TMPDIR: temporary };
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      env,
      timeout: runMsMax,
    });
    look({ home, temporary, printed: `${stdout}${stderr}` });
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
    why: 'the history was to be answered (1.5)',
    cannot: 'no plan can say the check that failed, "be answered (1.5)"',
  },
  {
    runner: 'no runner, with an error that nobody catches',
    args: ['--import', 'tsx', fixture('failing.uncaught.ts')],
    why: 'the test failed',
  },
])('under $runner', ({ args, why, cannot }) => {
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
    const told = printed.replaceAll(/^# ?/gm, '');
    expect(told).toContain(`faultline: ${why}; its run is in `);
    expect(told).toMatch(/open it: +pnpm cluster timeline --run \S+failing-/);
    if (cannot === undefined) {
      expect(told).toMatch(/replay it: +pnpm cluster replay \S+failing-/);
      expect(told).toContain(
        'What the test asserted by itself, or of a changed history, is not judged.',
      );
    } else {
      expect(told).not.toContain('replay it:');
      expect(told).toContain(`it cannot be replayed: ${cannot}`);
    }
    expect(testFolders(temporary)).toEqual([]);
  });
});

test.each([
  ['vitest', vitest('overdue.vitest.ts'), ['is out of time', 'is out of time as it starts']],
  ['node:test', ['--import', 'tsx', '--test', fixture('overdue.node-test.ts')], ['is out of time']],
])(
  'under %s the run of a test that is out of time is kept and told of, and nothing of it goes on',
  (_, args, tests) => {
    run(args, ({ home, temporary, printed }) => {
      const told = [...printed.matchAll(/faultline: the test "(.*)" failed; its run is in/g)];
      expect(
        told.map(([, name]) => name),
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
    const told = [...printed.matchAll(/faultline: (.*); its run is in/g)].map(([, why]) => why);
    expect(told).toEqual([
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

test('of a cluster that several tests share the plan is of the one that failed, which is named', () => {
  run(vitest('shared.vitest.ts'), ({ home, printed }) => {
    const told = [...printed.matchAll(/faultline: (.*); its run is in/g)].map(([, why]) => why);
    expect(told, printed).toEqual([
      'the test "four" failed: the history was to be answered (1.5)',
      'the test "five" failed, and is tried again',
      'the test "two" failed',
    ]);
    const shared = readdirSync(join(home, 'runs')).find((name) => name.startsWith('shared-'))!;
    const plan = parsePlan(readFileSync(join(home, 'runs', shared, 'plan.json'), 'utf8'));
    expect(plan.load).toMatchObject({ operations: 2 });
    expect(plan.checks).toEqual([]);
    const members = plan.before!.filter(({ add, remove }) => (add ?? remove) !== undefined);
    const calls = plan.before!.flatMap(({ call, body }) => (call === undefined ? [] : [body]));
    // A condition of the test reads until what is written is there.
    const isRead = ({ type }: Record<string, unknown>): boolean => type === 'read';
    const asked = calls as Record<string, unknown>[];
    expect(asked.filter((body) => !isRead(body))).toEqual([{ type: 'write', key: 'x', value: 5 }]);
    expect(asked.filter(isRead).length).toBeGreaterThan(0);
    expect(members).toEqual([{ add: 'n4' }, { remove: 'n4' }, { add: 'n2' }]);
  });
});
