/** The README's example runs, and prints what the README shows. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parsePlan } from '../src/index.ts';
import { example } from './examples/smaller.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the plan in the README is valid', () => {
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(readme)!;
  expect(parsePlan(text!, 'README.yaml').steps).toHaveLength(5);
});

test('the README contains the example and its output', () => {
  const code = read('examples/smaller.ts').replace('../../src/index.ts', '@faultline/plans');
  expect(readme).toContain(code);
  expect(readme).toContain(example().join('\n'));
});
