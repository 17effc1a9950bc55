/** The README's example is a test that runs, and its tables are complete. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publicText } from '../../../scripts/pack/words.ts';
import * as testkit from '../src/index.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test("the README's example is the tested one, with the package names of an installed project", () => {
  expect(readme).toContain(publicText(read('examples/first.e2e.test.ts')));
});

test('every workload and every matcher is in the README', () => {
  const workloads = Object.keys(testkit).filter((name) => name.endsWith('Load'));
  const names = [...workloads, ...Object.keys(testkit.matchers)];
  expect(names.filter((name) => !readme.includes(name))).toEqual([]);
});
