/**
 * The package as its users get it: one tarball, installed in projects outside the workspace, one of ES modules
 * with pnpm's layout and one of CommonJS with npm's. Their tests are in `fixtures/packed`, with the package
 * names of this repository.
 *
 * Installing needs a registry, or a store with the dependencies. Without either, the tests are skipped and
 * print why.
 */
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { packageName, publicText } from '../../scripts/pack/words.ts';
import { type Outcome, outcome, root } from '../helpers/cluster.ts';

const dir = mkdtempSync(join(tmpdir(), 'faultline-packed-'));
const withPnpm = join(dir, 'with-pnpm');
const withNpm = join(dir, 'with-npm');
const pnpm = ['npx', '--yes', 'pnpm@12'];
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

const setupMsMax = 600_000;
const runMsMax = 120_000;

/** The reason why nothing could be installed. */
let offline: string | undefined;

beforeAll(async () => {
  const packed = await run(root, ['node_modules/.bin/tsx', 'scripts/pack/main.ts', dir]);
  expect(packed).toMatchObject({ code: 0 });
  const dependencies = { [packageName]: `file:${packed.stdout.trim()}` };
  makeProject(withPnpm, {
    type: 'module',
    dependencies,
    devDependencies: { ...ours('vitest', 'typescript', '@types/node'), jest: '^30.0.0' },
  });
  writeFileSync(
    join(withPnpm, 'pnpm-workspace.yaml'),
    JSON.stringify({
      allowBuilds: { esbuild: false, 'unrs-resolver': false, '@parcel/watcher': false },
    }),
  );
  makeProject(withNpm, { dependencies });
  await Promise.all([
    install(withPnpm, [...pnpm, 'install', '--prefer-offline']),
    install(withNpm, ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund']),
  ]);
}, setupMsMax);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const vitest = ['run', 'vitest.spec.ts'];
const jest = [
  ...['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'],
  ...['--testMatch', '**/jest.spec.{mjs,cjs}'],
];

test.each([
  ['vitest, in TypeScript', withPnpm, ['node_modules/.bin/vitest', ...vitest], /3 passed/],
  ['Jest', withPnpm, ['node', ...jest], /4 passed/],
  [
    "node:test in CommonJS, with npm's layout",
    withNpm,
    ['node', '--test', 'node-test.mjs', 'required.cjs'],
    /pass 4/,
  ],
  // All types, those of the packages included. The module resolution `bundler` is less strict.
  [
    'the compiler, with nodenext',
    withPnpm,
    // Its threads would share a CPU here, and memory is sufficient.
    [
      'env',
      'GOGC=800',
      'node_modules/.bin/tsc',
      '--singleThreaded',
      '-p',
      'tsconfig.nodenext.json',
    ],
    /^$/,
  ],
  [
    'the compiler, with bundler',
    withPnpm,
    ['node_modules/.bin/tsc', '-p', 'tsconfig.bundler.json'],
    /^$/,
  ],
])(
  'in a user project, %s succeeds',
  async (_, project, command, says) => {
    const { code, stdout, stderr } = await run(project, command);
    expect(stripped(stdout + stderr)).toMatch(says);
    expect(code).toBe(0);
  },
  runMsMax,
);

test('the package has its licenses, READMEs with the package names of its users, and few dependencies', () => {
  const installed = join(withNpm, 'node_modules', packageName);
  const read = (name: string) => readFileSync(join(installed, name), 'utf8');
  expect(read('LICENSE')).toContain('MIT');
  expect(read('THIRD-PARTY-LICENSES')).toMatch(/^ws 8\.[\d.]+ \(MIT\)$/m);
  expect(read('THIRD-PARTY-LICENSES')).toMatch(/^commander [\d.]+ \(MIT\)$/m);
  for (const name of ['README.md', 'packages/testkit/README.md', 'packages/node/README.md']) {
    expect(read(name)).toContain("from 'faultline");
    expect(read(name)).not.toMatch(/@faultline\/|pnpm cluster/);
  }
  const { dependencies } = JSON.parse(read('package.json'));
  expect(Object.keys(dependencies)).toEqual(['esbuild', 'typebox']);
});

test(
  'in a user project, the cluster command works',
  async () => {
    const cluster = (...args: string[]) => run(withPnpm, ['node_modules/.bin/cluster', ...args]);
    expect(await cluster('up', '--nodes', '3', '--detach', '--program', 'relay.ts')).toMatchObject({
      code: 0,
    });
    const { stdout } = await cluster('call', 'n1', 'relay', 'to=n2');
    expect(await cluster('down')).toMatchObject({ code: 0 });
    expect(stdout).toContain('relay_ok {"name":"n2"}');
    // No process may depend on being below the project's own packages.
    const elsewhere = { FAULTLINE_HOME: join(dir, 'state') };
    const played = await run(
      withPnpm,
      ['node_modules/.bin/cluster', 'run', 'plan.yaml'],
      elsewhere,
    );
    expect(played).toMatchObject({ code: 0, stderr: '' });
    expect(played.stdout).toMatch(/^verdict +ok$/m);
  },
  2 * runMsMax,
);

test('in a user project, a command starts from what V8 compiled at an earlier start, if that could be kept', async () => {
  const help = () => run(withNpm, ['node_modules/.bin/cluster', '--help']);
  const cache = join(withNpm, 'node_modules/.cache');
  rmSync(cache, { recursive: true, force: true });
  const first = await help();
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const keptIn = join(cache, packageName);
  const kept = () =>
    readdirSync(keptIn).map((name) => [name, statSync(join(keptIn, name)).ino] as const);
  const made = kept();
  expect(made.length).toBeGreaterThan(5);
  expect(await help()).toEqual(first);
  expect(kept()).toEqual(made);
  // Where nothing can be written, it starts all the same.
  rmSync(cache, { recursive: true });
  writeFileSync(cache, 'not a folder');
  expect(await help()).toEqual(first);
  rmSync(cache);
  const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })`;
  writeFileSync(join(withNpm, 'old-node.cjs'), old);
  const refused = await run(withNpm, ['node_modules/.bin/cluster', '--help'], {
    NODE_OPTIONS: '--require ./old-node.cjs',
  });
  expect(refused).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^error NODE_TOO_OLD: /),
  });
});

test.each([
  ['vitest', withPnpm, ['node_modules/.bin/vitest', 'run', 'failing.spec.ts']],
  ['node:test, with a program that is a function', withNpm, ['node', '--test', 'failing.mjs']],
])(
  'a test that fails under %s prints commands that open and replay its run, and both work',
  async (_, project, command) => {
    const failed = await run(project, command);
    const printed = stripped(failed.stdout + failed.stderr).replaceAll(/^# ?/gm, '');
    expect(failed.code).toBe(1);
    const [, open] = /open it: +(.*)/.exec(printed)!;
    const [, replay] = /replay it: +(.*)/.exec(printed)!;
    const words = (line: string) => line.replace(/^pnpm /, `${pnpm.join(' ')} `).split(' ');

    const opened = await run(project, words(open!));
    expect(opened).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/c\d +(read|write) .* at n\d: /),
    });
    const replayed = await run(project, words(replay!));
    expect(replayed.stdout).toMatch(/^verdict +violated, as recorded$/m);
    expect(replayed.stdout).toContain('no decision differs');
    expect(replayed.code).toBe(0);
    const checked = await run(project, words(replay!.replace('replay', 'check')));
    expect(checked.stdout).toMatch(/^violated +linearizable register: .* c\d read k1 → /m);
    expect(checked.code).toBe(1);
  },
  // Four commands, one after another.
  4 * runMsMax,
);

test.beforeEach((context: TestContext) => {
  context.skip(offline !== undefined, `nothing can be installed here: ${offline}`);
});

/** The versions that the workspace uses, because its store has them. */
function ours(...names: string[]): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
}

function makeProject(path: string, manifest: object): void {
  mkdirSync(path);
  const fixtures = join(root, 'test/fixtures/packed');
  for (const name of readdirSync(fixtures)) {
    writeFileSync(join(path, name), publicText(readFileSync(join(fixtures, name), 'utf8')));
  }
  writeFileSync(
    join(path, 'package.json'),
    JSON.stringify({ name: 'somebodys', private: true, ...manifest }),
  );
}

async function install(project: string, command: readonly string[]): Promise<void> {
  if (offline !== undefined) return;
  const { code, stdout, stderr } = await run(project, command);
  if (code === 0) return;
  offline = unreachable.exec(stdout + stderr)?.[0];
  if (offline === undefined) throw new Error(`${command.join(' ')}: ${stdout}${stderr}`);
}

function run(
  cwd: string,
  [file, ...args]: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const child = spawn(file!, args, {
    cwd,
    env: { ...environment(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return outcome(child);
}

/** A terminal's environment, without variables of the test runner or of the script that started it. */
function environment(): NodeJS.ProcessEnv {
  const ofRunner = /^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|NODE_PATH$|INIT_CWD$|TEST$|FAULTLINE_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofRunner.test(name)));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what it takes away.
const stripped = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '').trim();
