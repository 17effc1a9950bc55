/** Each test has its own cache, so that all files in it were made by the test. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sourceFinder } from '@faultline/node/source-finder';
import { expect, test } from 'vitest';
import { bundle } from '../../src/programs/bundle.ts';
import { Folder } from '../helpers/folder.ts';

const entryOf = (path: string): string => `export * from ${JSON.stringify(path)};`;

const bundleOf = (folder: Folder, path: string, splitting = false): Promise<string> =>
  bundle({ label: 'mine', entry: entryOf(path), cacheDir: folder.at('cache'), splitting });

/** A module's exports. A bundle is named by its content, so Node's own cache never shows an old one. */
const load = async (path: string): Promise<Record<string, unknown>> => ({
  ...(await import(/* @vite-ignore */ pathToFileURL(path).href)),
});

test('the bundle is one file of plain JavaScript that does what the sources do', async () => {
  using folder = new Folder();
  folder.write('project/part.ts', "export const word: string = 'from a part';");
  const main = folder.write('project/main.ts', "export { word } from './part';");
  const path = await bundleOf(folder, main);
  expect(await load(path)).toEqual({ word: 'from a part' });
  expect(readFileSync(path, 'utf8')).not.toContain('./part');
});

test('an unchanged program reuses its bundle', async () => {
  using folder = new Folder();
  const main = folder.write('main.ts', 'export const word = 1;');
  const first = await bundleOf(folder, main);
  // A rebuilt bundle would be a different file of the same name.
  const { ino } = statSync(first);
  const names = readdirSync(folder.at('cache')).sort();
  expect(await bundleOf(folder, main)).toBe(first);
  expect(statSync(first).ino).toBe(ino);
  expect(readdirSync(folder.at('cache')).sort()).toEqual(names);
});

test.each([
  ['the program', 'main.ts', "export { part } from './part';\nexport const word = 2;"],
  ['a file that it imports', 'part.ts', "export const part = 'new';"],
])('when %s changes, a new bundle is made, and the old one stays', async (_, file, text) => {
  using folder = new Folder();
  folder.write('part.ts', "export const part = 'old';");
  const main = folder.write('main.ts', "export { part } from './part';\nexport const word = 1;");
  const first = await bundleOf(folder, main);
  const before = readFileSync(first, 'utf8');
  folder.write(file, text);
  const second = await bundleOf(folder, main);
  expect(second).not.toBe(first);
  const expected = file === 'main.ts' ? { part: 'old', word: 2 } : { part: 'new', word: 1 };
  expect(await load(second)).toEqual(expected);
  // A running cluster still restarts its nodes from the first bundle.
  expect(readFileSync(first, 'utf8')).toBe(before);
});

test('a file with other contents of the same size counts as changed', async () => {
  using folder = new Folder();
  const main = folder.write('main.ts', 'export const word = 1;');
  await bundleOf(folder, main);
  folder.write('main.ts', 'export const word = 2;');
  // As if it was saved later: two writes may have the same file system time.
  utimesSync(main, new Date(), new Date(Date.now() + 5000));
  expect(await load(await bundleOf(folder, main))).toEqual({ word: 2 });
});

test('a deleted bundle is made again', async () => {
  using folder = new Folder();
  const main = folder.write('main.ts', 'export const word = 1;');
  const first = await bundleOf(folder, main);
  rmSync(first);
  expect(await bundleOf(folder, main)).toBe(first);
  expect(existsSync(first)).toBe(true);
});

test('every file that the bundle needs is in its list, including those loaded on demand', async () => {
  using folder = new Folder();
  folder.write('late.ts', "export const late = 'here';");
  const main = folder.write(
    'main.ts',
    "export const load = async () => (await import('./late.ts')).late;",
  );
  const path = await bundleOf(folder, main, true);
  const { load: run } = (await load(path)) as { load: () => Promise<string> };
  expect(await run()).toBe('here');
  const { files } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as { files: string[] };
  const there = readdirSync(folder.at('cache')).filter((name) => name.includes('.mjs'));
  expect(files.toSorted()).toEqual(there.toSorted());
});

test('only the owner can read the bundles, since a program may hold secrets', async () => {
  using folder = new Folder();
  const path = await bundleOf(folder, folder.write('main.ts', 'export const word = 1;'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(folder.at('cache')).mode & 0o777).toBe(0o700);
});

test('an error is reported with the file and the line of the source', async () => {
  using folder = new Folder();
  const main = folder.write('main.ts', "export const fine = 1;\n\nexport const = 'not';\n");
  await expect(bundleOf(folder, main)).rejects.toMatchObject({
    code: 'PROGRAM_INVALID',
    message: expect.stringMatching(/main\.ts:3:14: /),
    facts: { line: 3, column: 14, file: expect.stringContaining('main.ts') },
  });
});

test('an error in an imported file, and a missing import, are reported with file and line', async () => {
  using folder = new Folder();
  const main = folder.write('main.ts', "export * from './part.ts';");
  await expect(bundleOf(folder, main)).rejects.toMatchObject({
    code: 'PROGRAM_INVALID',
    message: expect.stringMatching(/main\.ts:1:15: .*part\.ts/),
  });
  folder.write('part.ts', '\nexport const { = 1;');
  await expect(bundleOf(folder, main)).rejects.toMatchObject({
    code: 'PROGRAM_INVALID',
    message: expect.stringMatching(/part\.ts:2:/),
  });
  // A failed build leaves no file that could be mistaken for a bundle.
  folder.write('part.ts', 'export const word = 1;');
  expect(await load(await bundleOf(folder, main))).toEqual({ word: 1 });
});

test('every module has its own path in import.meta.url, not that of the bundle', async () => {
  using folder = new Folder();
  folder.write('data.txt', 'beside the program');
  const part = folder.write('parts/part.mts', 'export const part: string = import.meta.url;');
  const main = folder.write(
    'main.ts',
    `import { readFileSync } from 'node:fs';
    export { part } from './parts/part.mts';
    export const main = import.meta.url;
    export const data = readFileSync(new URL('./data.txt', import.meta.url), 'utf8');
    // A string that contains import.meta.url stays unchanged.
    export const text = 'import.meta.url';`,
  );
  expect(await load(await bundleOf(folder, main))).toEqual({
    main: pathToFileURL(main).href,
    part: pathToFileURL(part).href,
    data: 'beside the program',
    text: 'import.meta.url',
  });
});

test('stack lines map to the source, even where import.meta.url was replaced', async () => {
  using folder = new Folder();
  const main = folder.write(
    'main.ts',
    'interface Gone { a: 1 }\n\nexport const here = import.meta.url;\nexport const fail = (): never => {\n  throw new Error(here);\n};\n',
  );
  const path = await bundleOf(folder, main);
  const { fail } = (await load(path)) as { fail: () => never };
  const stack = (() => {
    try {
      return fail();
    } catch (error) {
      return (error as Error).stack!;
    }
  })();
  const [, line, column] = new RegExp(`${basename(path)}:(\\d+):(\\d+)`).exec(stack)!;
  expect(sourceFinder(path)(path, Number(line), Number(column))).toMatchObject({
    file: expect.stringMatching(/main\.ts$/),
    line: 5,
  });
});

test.each([
  ["imports '@faultline/node'", "export * as node from '@faultline/node';"],
  ["imports 'faultline/node'", "export * as node from 'faultline/node';"],
  ["requires 'faultline/node'", "export { node } from './old.cjs';"],
])('a program that %s finds it from a folder where it is not installed', async (_, text) => {
  using folder = new Folder();
  folder.write('old.cjs', "exports.node = require('faultline/node');");
  const main = folder.write('main.ts', text);
  const { node } = await load(await bundleOf(folder, main));
  expect(Object.keys(node as object).length).toBeGreaterThan(0);
});

test('a package of that name in the folder itself is preferred', async () => {
  using folder = new Folder();
  folder.write(
    'node_modules/@faultline/node/package.json',
    '{ "name": "@faultline/node", "type": "module", "exports": "./index.js" }',
  );
  folder.write('node_modules/@faultline/node/index.js', "export const whose = 'their own';");
  const main = folder.write('main.ts', "export { whose } from '@faultline/node';");
  expect(await load(await bundleOf(folder, main))).toEqual({ whose: 'their own' });
});

test('an import of a Faultline package that does not exist is an error of the program', async () => {
  using folder = new Folder();
  const main = folder.write('main.ts', "export * from '@faultline/nothing';");
  await expect(bundleOf(folder, main)).rejects.toMatchObject({
    code: 'PROGRAM_INVALID',
    message: expect.stringMatching(/main\.ts:1:15: .*@faultline\/nothing/),
  });
});

test('a package written in CommonJS finds the modules of Node', async () => {
  using folder = new Folder();
  folder.write('old.cjs', "module.exports = { sep: require('node:path').sep };");
  const main = folder.write('main.ts', "import old from './old.cjs';\nexport const { sep } = old;");
  expect(await load(await bundleOf(folder, main))).toEqual({ sep: '/' });
});

test('bundles unused for a month are removed when a new one is made; the others stay', async () => {
  using folder = new Folder();
  const old = await bundleOf(folder, folder.write('old.ts', 'export const word = 1;'));
  const used = await bundleOf(folder, folder.write('used.ts', 'export const word = 2;'));
  const longAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  utimesSync(old, longAgo, longAgo);
  const made = await bundleOf(folder, folder.write('new.ts', 'export const word = 3;'));
  expect([old, used, made].map((path) => existsSync(path))).toEqual([false, true, true]);
  expect(existsSync(`${old}.json`)).toBe(false);
});
