/** What the README shows is code that runs, and prints what it says it prints. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkLinearizable } from '../src/index.ts';
import { stack, staleRead } from './examples/stale-read.ts';
import { history } from './helpers/notation.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the README contains the example and its output', () => {
  const example = read('examples/stale-read.ts').replace(
    '../../src/index.ts',
    '@faultline/history',
  );
  expect(readme).toContain(example);
  expect(readme).toContain(staleRead().join('\n'));
});

test('the stack of the example is last in, first out', () => {
  const popped = (first: number) =>
    history(`c1 0..1 push 1\nc1 2..3 push 2\nc2 4..5 pop → ${first}`);
  expect(checkLinearizable(popped(2), stack).verdict).toBe('ok');
  expect(checkLinearizable(popped(1), stack).verdict).toBe('violated');
});
