/** What the README shows is a test that runs, and what it lists is what there is. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publicText } from '../../../scripts/pack/words.ts';
import * as testkit from '../src/index.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the example in the README is the one that is run, in the words of the installed package', () => {
  expect(readme).toContain(publicText(read('examples/first.e2e.test.ts')));
});

test('every workload and every matcher has its place in the README', () => {
  const workloads = Object.keys(testkit).filter((name) => name.endsWith('Load'));
  const names = [...workloads, ...Object.keys(testkit.matchers)];
  expect(names.filter((name) => !readme.includes(name))).toEqual([]);
});
