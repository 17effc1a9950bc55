/** The README's example runs, and prints what the README shows. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeKinds, describeMatch, ruleKinds } from '../src/index.ts';
import { lossyLink } from './examples/lossy-link.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the README contains the example and its output', () => {
  expect(readme).toContain(read('examples/lossy-link.ts'));
  expect(readme).toContain(lossyLink().join('\n'));
});

test('the README names every kind of rule, in the order in which they act', () => {
  const rows = [...readme.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, name]) => name);
  const inOrder = [...ruleKinds.values()].sort((a, b) => a.stage - b.stage);
  expect(rows).toEqual(inOrder.map(({ name }) => name));
});

test('the README names every setting of every kind', () => {
  const rows = [...readme.matchAll(/^\| `([\w-]+)` +\|.*\| +(.*?) +\|$/gm)];
  const written = Object.fromEntries(rows.map(([, kind, settings]) => [kind, settings]));
  const defined = describeKinds().map(({ name, settings }) => [
    name,
    settings.map((setting) => setting.name).join(', '),
  ]);
  expect(written).toEqual(Object.fromEntries(defined));
});

test('the README names everything that a rule may match', () => {
  const rows = [...readme.matchAll(/^\| (\w+) +\|/gm)].map(([, name]) => name);
  for (const { name } of describeMatch()) expect(rows).toContain(name);
});
