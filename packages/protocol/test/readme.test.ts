/** What the README shows is code that runs, and prints what it says it prints. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { frames } from './examples/frames.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the README contains the example and its output', () => {
  const example = read('examples/frames.ts').replace('../../src/index.ts', '@faultline/protocol');
  expect(readme).toContain(example);
  expect(readme).toContain(frames().join('\n'));
});
