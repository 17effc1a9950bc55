/** Processes that start from a bundle, and the compiled code that they store for the next one. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { sourceFinder } from '@faultline/node/source-finder';
import { expect, test } from 'vitest';
import { bundle } from '../../src/programs/bundle.ts';
import { placesIn } from '../../src/programs/source-place.ts';
import { Folder } from '../helpers/folder.ts';

const bundleOf = (folder: Folder, path: string): Promise<string> =>
  bundle({
    label: 'mine',
    entry: `import ${JSON.stringify(path)};`,
    cacheDir: folder.at('cache'),
    splitting: true,
    starts: true,
  });

const run = (path: string): string =>
  execFileSync(process.execPath, [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The compiled code that processes have stored next to the files of the bundle. */
const keptIn = (folder: Folder): string[] =>
  readdirSync(folder.at('cache'))
    .filter((name) => name.includes(`.js.${process.version}`))
    .map((name) => folder.at('cache', name));

/** A program whose parts are loaded on demand; it prints what each part reads. */
function writeProgram(folder: Folder): string {
  folder.write('part.ts', "export const word: string = 'später';\nexport default import.meta.url;");
  return folder.write(
    'main.ts',
    `import { createRequire } from 'node:module';
    import * as path from 'node:path';
    import fs from 'node:fs';
    const elsewhere = 'node:path';
    import('./part.ts').then(async ({ word, default: part }) => {
      const { sep } = createRequire(import.meta.url)('node:path');
      console.log(JSON.stringify([word, part, import.meta.url, path.sep === sep, typeof fs.openSync, (await import(elsewhere)).sep]));
    });`,
  );
}

const expectedOutput = (folder: Folder): string =>
  `${JSON.stringify(['später', ...['part.ts', 'main.ts'].map((name) => pathToFileURL(folder.at(name)).href), true, 'function', '/'])}\n`;

test('the first process keeps the code that V8 compiled from the bundle, and the next ones run it', async () => {
  using folder = new Folder();
  const path = await bundleOf(folder, writeProgram(folder));
  expect(keptIn(folder)).toEqual([]);
  expect(run(path)).toBe(expectedOutput(folder));
  // One for the main file, and one for the loaded part.
  const kept = keptIn(folder);
  expect(kept).toHaveLength(2);
  const stamps = kept.map((name) => statSync(name).ino);
  expect(run(path)).toBe(expectedOutput(folder));
  expect(kept.map((name) => statSync(name).ino)).toEqual(stamps);
});

test('compiled code that is broken or of another V8 is made again, and the process works as usual', async () => {
  using folder = new Folder();
  const path = await bundleOf(folder, writeProgram(folder));
  run(path);
  const kept = keptIn(folder);
  const whole = kept.map((name) => readFileSync(name));
  const breaks: ((data: Buffer) => Buffer)[] = [
    (data) => data.subarray(0, data.length / 2),
    (data) => Buffer.alloc(data.length),
    () => Buffer.alloc(0),
    // V8 itself does not detect this.
    (data) => data.fill(0x5a, data.length - 200, data.length - 100),
  ];
  for (const broken of breaks) {
    for (const [i, name] of kept.entries()) writeFileSync(name, broken(Buffer.from(whole[i]!)));
    expect(run(path)).toBe(expectedOutput(folder));
    // It was replaced; V8 may not produce the same bytes again.
    expect(kept.map((name) => readFileSync(name).length > 500)).toEqual([true, true]);
  }
});

test('a thread starts from compiled code as well, and what it loads is kept although the thread ends soon', async () => {
  using folder = new Folder();
  const main = folder.write(
    'main.ts',
    `import { parentPort } from 'node:worker_threads';
    parentPort!.postMessage(import.meta.url);
    setInterval(() => {}, 1000);
    setTimeout(() => parentPort!.postMessage('later'), 20);`,
  );
  const thread = new Worker(await bundleOf(folder, main));
  expect(await once(thread, 'message')).toEqual([pathToFileURL(main).href]);
  await once(thread, 'message');
  await thread.terminate();
  expect(keptIn(folder)).toHaveLength(1);
});

test('stack lines map to the sources, including those of a part that was loaded late', async () => {
  using folder = new Folder();
  folder.write(
    'late.ts',
    'interface Gone { a: 1 }\n\nexport function fail(): never {\n  throw new Error("no");\n}\n',
  );
  const main = folder.write(
    'main.ts',
    'type Gone = 1;\n\nimport("./late.ts").then(({ fail }) =>\n  fail()).catch(({ stack }) => console.log(stack));\n',
  );
  const path = await bundleOf(folder, main);
  const find = sourceFinder(path);
  // The same from the text and from compiled code.
  for (const _ of ['first', 'next']) {
    const places = placesIn(run(path)).map(({ file, line, column }) => find(file, line, column));
    expect(places[0]).toMatchObject({
      file: expect.stringMatching(/late\.ts$/),
      line: 4,
      column: 9,
    });
    expect(places[1]).toMatchObject({
      file: expect.stringMatching(/main\.ts$/),
      line: 4,
      column: 3,
    });
  }
});

test.each([
  ['awaits before it is loaded', "console.log(await Promise.resolve('there'));"],
  ['has code in a text', "eval('import(\"node:fs\")').then(() => console.log('there'));"],
  ['asks more of import.meta', "console.log(import.meta.resolve('node:fs') && 'there');"],
])('a program that %s stays a module', async (_, text) => {
  using folder = new Folder();
  const path = await bundleOf(folder, folder.write('main.ts', text));
  expect(run(path)).toBe('there\n');
  expect(path).toMatch(/\.mjs$/);
});

test.each([
  ['functions', "import('./part.ts').then(console.log);"],
  ['a module that awaits', "console.log(await import('./part.ts'));"],
])('debuggers find the sources of %s by the maps that its files name', async (_, text) => {
  using folder = new Folder();
  folder.write('part.ts', 'interface Gone { a: 1 }\nexport const word: string = "here";');
  const path = await bundleOf(folder, folder.write('main.ts', text));
  const names = readdirSync(folder.at('cache')).filter((name) => /\.m?js$/.test(name));
  const sources = names.flatMap((name) => {
    const [, link] = /\n\/\/# sourceMappingURL=(\S+)\n$/.exec(
      readFileSync(folder.at('cache', name), 'utf8'),
    )!;
    const map = folder.at('cache', link!);
    const named: string[] = JSON.parse(readFileSync(map, 'utf8')).sources;
    return named.map((source) => resolve(dirname(map), source));
  });
  expect(sources).toEqual(expect.arrayContaining([folder.at('main.ts'), folder.at('part.ts')]));
  expect(run(path)).toContain('word');
});

test('compiled code is removed with its bundle', async () => {
  using folder = new Folder();
  const old = await bundleOf(folder, writeProgram(folder));
  run(old);
  const used = await bundleOf(folder, folder.write('used.ts', "console.log('used');"));
  run(used);
  const longAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  utimesSync(old, longAgo, longAgo);
  await bundleOf(folder, folder.write('new.ts', 'console.log(1);'));
  const stem = used.replace(/cjs$/, 'js');
  expect(keptIn(folder)).toEqual([expect.stringContaining(stem)]);
  expect(run(used)).toBe('used\n');
});
