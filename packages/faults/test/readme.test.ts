/** What the README shows is code that runs, and prints what it says it prints. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  decide,
  describeKinds,
  describeMatch,
  type RuleKind,
  RuleSet,
  ruleKinds,
} from '../src/index.ts';
import { burst } from './examples/burst.ts';
import { lossyLink } from './examples/lossy-link.ts';
import { message, send } from './helpers/messages.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the example is in the README, and so is what it prints', () => {
  expect(readme).toContain(read('examples/lossy-link.ts'));
  expect(readme).toContain(lossyLink().join('\n'));
});

test('the kind of the author guide is in the README, and works', () => {
  expect(readme).toContain(read('examples/burst.ts').replaceAll('../../src/', '../'));
  const kinds = ruleKinds as Map<string, RuleKind>;
  kinds.set('burst', burst);
  try {
    const rules = new RuleSet(1);
    const settings = { probability: '5%', length: 4 };
    rules.add({ kind: 'burst', links: 'n1>n2', settings }, { nowMs: 0 });
    const fates = send(rules.edge('n1', 'n2'), 2000).map((verdict) =>
      verdict === null ? '.' : 'x',
    );
    const bursts = fates
      .join('')
      .split(/\.+/)
      .filter((run) => run !== '')
      .slice(0, -1);
    expect(bursts.length).toBeGreaterThan(20);
    expect(bursts.every(({ length }) => length % 4 === 0)).toBe(true);
  } finally {
    kinds.delete('burst');
  }
  expect(decide(new RuleSet(1).edge('n1', 'n2'), message, 0)).toBeNull();
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

test('the README names all that a rule may ask of a message', () => {
  const rows = [...readme.matchAll(/^\| (\w+) +\|/gm)].map(([, name]) => name);
  for (const { name } of describeMatch()) expect(rows).toContain(name);
});
