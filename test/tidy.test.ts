/** The rules of the repository as tests: imports between packages, words, documents. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventCatalog } from '@faultline/actions';
import { workloadNames } from '@faultline/experiment/workloads';
import { ruleKinds } from '@faultline/faults';
import { checks } from '@faultline/history';
import { readyPrograms } from '@faultline/programs';
import { ERROR_KINDS } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './helpers/cluster.ts';

/** The packages that each package may import. A process boundary is a package boundary. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  protocol: ['clocks'],
  clocks: [],
  faults: ['protocol'],
  actions: ['protocol', 'clocks', 'faults'],
  analysis: ['protocol', 'faults', 'actions'],
  history: ['protocol'],
  plans: ['protocol', 'faults', 'actions', 'history'],
  link: ['protocol'],
  node: ['protocol', 'clocks', 'link', 'recording'],
  router: ['protocol', 'faults', 'link', 'recording'],
  supervisor: ['protocol', 'faults', 'clocks', 'actions', 'link', 'recording', 'node'],
  recording: ['protocol', 'actions'],
  client: ['protocol', 'actions'],
  dashboard: ['protocol', 'actions', 'analysis', 'recording', 'supervisor'],
  programs: ['node'],
  experiment: [
    'actions',
    'supervisor',
    'programs',
    'plans',
    'history',
    'recording',
    'faults',
    'protocol',
  ],
  testkit: [
    'experiment',
    'actions',
    'supervisor',
    'programs',
    'recording',
    'history',
    'plans',
    'analysis',
    'faults',
    'node',
    'protocol',
  ],
  cli: [
    'actions',
    'client',
    'dashboard',
    'history',
    'supervisor',
    'programs',
    'protocol',
    'faults',
    'plans',
    'experiment',
    'recording',
    'analysis',
  ],
};

/** Packages whose results depend only on their arguments. */
const pure = ['protocol', 'clocks', 'faults', 'actions', 'analysis', 'history', 'plans'];
const impure =
  /\bDate\.now\b|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bprocess\.|\bperformance\.|from 'node:/;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sourcesOf = (name: string): string[] =>
  files.filter((path) => path.startsWith(`packages/${name}/src/`) && /\.tsx?$/.test(path));

test('every package is in the table of imports', () => {
  const packages = new Set(files.flatMap((path) => /^packages\/(\w+)\//.exec(path)?.[1] ?? []));
  expect([...packages].sort()).toEqual(Object.keys(arrows).sort());
});

test.each(Object.entries(arrows))('%s imports only %j', (name, allowed) => {
  const imported = sourcesOf(name).flatMap((path) =>
    [
      ...read(path).matchAll(
        /^(?:import .*|export .*|\} )from '@faultline\/([\w-]+)|\bimport\('@faultline\/([\w-]+)/gm,
      ),
    ].map(([, fixed, late]) => (fixed ?? late)!),
  );
  expect([...new Set(imported)].filter((target) => !allowed.includes(target))).toEqual([]);
});

test.each(pure)('%s reads no clock, draws no random numbers and has no side effects', (name) => {
  const offenders = sourcesOf(name).filter((path) =>
    read(path)
      .split('\n')
      .some((line) => !/^\s*(\*|\/[/*])/.test(line) && impure.test(line)),
  );
  expect(offenders).toEqual([]);
});

test('every package has a README with its purpose', () => {
  expect(
    Object.keys(arrows).filter((name) => !files.includes(`packages/${name}/README.md`)),
  ).toEqual([]);
});

const manifestOf = (name: string) => JSON.parse(read(`packages/${name}/package.json`));

test.each(Object.keys(arrows))(
  '%s exports its sources, and is part of the published package',
  (name) => {
    const { private: isPrivate, exports: exported = {}, bin = {} } = manifestOf(name);
    const sources: string[] = [exported, bin].flatMap(Object.values);
    expect(isPrivate).toBe(true);
    expect(sources).not.toEqual([]);
    expect(sources.filter((source) => !/^\.\/src\/.*\.ts$/.test(source))).toEqual([]);
    const paths = sources.filter((source) => !source.includes('*'));
    expect(paths.filter((path) => !existsSync(join(root, 'packages', name, path)))).toEqual([]);
  },
);

/** A new file that is not listed here belongs in a folder. */
const topLevel = [
  ...['.ci', '.editorconfig', '.github', '.gitignore', '.nvmrc', 'LICENSE', 'README.md'],
  ...['biome.json', 'docker-compose.yml', 'knip.json', 'package.json', 'packages'],
  ...['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'scripts', 'test'],
  ...['tsconfig.json', 'vitest.config.ts'],
];

test('the top level has the required files and no others', () => {
  expect([...new Set(files.map((path) => path.split('/')[0]))].sort()).toEqual(topLevel.sort());
});

test('CI runs .ci/run on Linux and macOS, on the oldest supported Node and on later ones', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml'));
  const { matrix } = jobs.ci.strategy;
  const { engines } = JSON.parse(read('package.json'));
  expect(matrix.os).toEqual(['ubuntu-latest', 'macos-latest']);
  expect(matrix.node).toEqual([engines.node.replace('>=', ''), '22', read('.nvmrc').trim()]);
  expect(jobs.ci.steps.at(-1)).toEqual({ run: 'bash .ci/run' });
});

test('every guide has a link in CONTRIBUTING', () => {
  const guides = files.filter((path) => /^packages\/\w+\/add-.*\.md$/.test(path));
  const text = read('.github/CONTRIBUTING.md');
  expect(guides.length).toBeGreaterThan(0);
  expect(guides.filter((path) => !text.includes(`](../${path})`))).toEqual([]);
});

const documents = files.filter((path) => path.endsWith('.md'));

test.each(documents)('%s has one title, and all its links resolve', (path) => {
  const text = read(path).replaceAll(/```[\s\S]*?```/g, '');
  expect(text.match(/^# /gm) ?? []).toHaveLength(1);
  const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target!);
  expect(targets.filter((target) => !existsSync(join(root, dirname(path), target)))).toEqual([]);
});

test('no source has an open task', () => {
  const marker = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|'));
  expect(files.filter((path) => /\.(ts|mjs)$/.test(path) && marker.test(read(path)))).toEqual([]);
});

/** The names in the first column of a document's tables, in backticks or as links. */
const rowsOf = (document: string): string[] =>
  [...read(document).matchAll(/^\| \[?`([\w.-]+)/gm)].map(([, name]) => name!);

/** The commands in the order of the help. */
function commandNames(): string[] {
  const help = execFileSync(process.execPath, ['scripts/cluster.mjs', '--help'], {
    cwd: root,
    encoding: 'utf8',
  });
  // Groups of commands come after the options, which begin with a dash.
  const names = [...help.split('\nExamples:')[0]!.matchAll(/^ {2}(\w[\w-]*) /gm)].map(
    ([, name]) => name!,
  );
  // Commander's own command, and the one that completion adds.
  return names.filter((name) => name !== 'help' && name !== 'complete');
}

test.each<[what: string, document: string, names: () => readonly string[]]>([
  ['rule kind', 'packages/faults/README.md', () => [...ruleKinds.keys()]],
  ['error code', 'packages/protocol/errors.md', () => Object.keys(ERROR_KINDS)],
  ['event kind', 'packages/actions/events.md', () => Object.keys(eventCatalog)],
  ['program', 'packages/programs/README.md', () => Object.keys(readyPrograms)],
  ['command', 'packages/cli/README.md', commandNames],
  ['check', 'packages/history/CHECKS.md', () => checks.map(({ name }) => name)],
  ['workload', 'packages/experiment/WORKLOADS.md', () => workloadNames],
])('every %s has a row in %s', (_, document, names) => {
  const rows = rowsOf(document);
  expect(names().length).toBeGreaterThan(0);
  expect(names().filter((name) => !rows.includes(name))).toEqual([]);
});

// Unit tests share their modules, and `test/helpers/no-processes.ts` keeps them from starting processes.
test('no unit test replaces a module, because the next file would get the replacement', () => {
  const mocks = /\bvi\.(mock|doMock|resetModules)\(/;
  const unit = /^packages\/.*(?<!\.e2e)\.test\.ts$/;
  expect(files.filter((path) => unit.test(path) && mocks.test(read(path)))).toEqual([]);
});
