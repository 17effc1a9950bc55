/** What the README shows is code that runs, and what it lists is what there is. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { listClusters } from '../src/state/cluster-file.ts';
import { splitAndHeal } from './examples/partition.ts';
import { Folder } from './helpers/folder.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the README shows the example and its result', async () => {
  expect(readme).toContain(read('examples/partition.ts'));
  using folder = new Folder();
  const program = fileURLToPath(new URL('fixtures/asks.ts', import.meta.url));
  const result = await splitAndHeal(folder.path, program);
  expect(result).toEqual({ cut: null, healed: 'hello', by: ['r1'] });
  expect(readme).toContain("{ cut: null, healed: 'hello', by: ['r1'] }");
  expect(listClusters(folder.path)).toEqual([]);
});

test('the diagram of node states matches the code', () => {
  const drawn = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => /[─▶◀│▲└]/.test(line))
      .map((line) => line.replace(/^ \* {0,2}/, '').trim());
  const diagram = readme.split('```').find((block) => block.includes('─▶ starting ─'))!;
  expect(drawn(diagram)).toEqual(drawn(read('../src/nodes/node-process.ts')));
});

test('every source file has its place in the README', () => {
  const files = readdirSync(new URL('../src', import.meta.url), {
    recursive: true,
    encoding: 'utf8',
  }).filter((path) => path.endsWith('.ts') && path !== 'index.ts');
  expect(files.filter((path) => !readme.includes(`src/${path})`))).toEqual([]);
});
