/** Every verb declares everything that is derived from it, and nothing else repeats it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { baseEvents, nodesMax } from '@faultline/protocol';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import {
  clusterVerbNames,
  clusterVerbs,
  describeOptions,
  type EventKind,
  eventCatalog,
  isEventKind,
  type NodeVerb,
  nodeVerbNames,
  nodeVerbs,
  routeOf,
  undoingOf,
} from '../src/index.ts';
import { registered } from '../src/verbs/registry.ts';

const packages = fileURLToPath(new URL('../../', import.meta.url));
const sources = readdirSync(packages).flatMap((name) => {
  const dir = `${packages}${name}/src`;
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path: `${name}/src/${path}`, file: `${dir}/${path}` }));
});

/** Where a verb, its performer and its in-process part live, and their registries. */
const homes = ['actions/src/verbs/', 'supervisor/src/actions/', 'node/src/host/faults/'];
/** Verbs whose names are not common words in the code. */
const rare = ['exhaust', 'leak'] as const;

test.each(rare)('%s is named only in its own files and in registries', (name) => {
  const word = new RegExp(`\\b${name}\\b`);
  const naming = sources.filter(({ file }) => word.test(readFileSync(file, 'utf8')));
  const elsewhere = naming
    .map(({ path }) => path)
    .filter((path) => !homes.some((home) => path.startsWith(home)));
  expect(elsewhere).toEqual([]);
});

test.each(nodeVerbNames)('%s has a summary and describes each option', (name) => {
  expect(nodeVerbs[name].summary).toMatch(/^[a-z].*[^.]$/);
  for (const { description } of describeOptions(nodeVerbs[name])) {
    expect(description).toMatch(/^\S.*[^.]$/);
  }
  expect(routeOf(nodeVerbs[name]).summary).toMatch(/^[A-Z]/);
});

test.each(nodeVerbNames)('%s has an undo and a cure with valid options', (name) => {
  const { cure, read } = nodeVerbs[name];
  if (cure === undefined) return;
  expect(() => read(cure as never)).not.toThrow();
  const undoing = undoingOf(name, {});
  if (undoing !== null) {
    expect(() => nodeVerbs[undoing.verb].read(undoing.options as never)).not.toThrow();
  }
});

test.each(['kill', 'stop'] as const)('%s cancels a planned restart', (name) => {
  const { accepts } = nodeVerbs[name];
  const waiting = { count: 1, inMs: 100 };
  expect(accepts({ state: 'crashed', restart: waiting })).toBe(true);
  expect(accepts({ state: 'crashed', restart: null })).toBe(false);
  expect(accepts({ state: 'ready', restart: null })).toBe(true);
});

test('remove is a DELETE of its nodes', () => {
  expect(routeOf(nodeVerbs.remove)).toMatchObject({ method: 'DELETE', path: '/v1/nodes/:nodes' });
});

test('the options of a DELETE travel in the query, and of a POST in the body', () => {
  expect(routeOf(clusterVerbs.endGeography)).toMatchObject({
    query: clusterVerbs.endGeography.options,
  });
  expect(routeOf(clusterVerbs.endGeography).body).toBeUndefined();
  expect(routeOf(clusterVerbs.geography).body).toBe(clusterVerbs.geography.options);
});

test.each(clusterVerbNames)(
  '%s and its forms have a summary, and all its options a description',
  (name) => {
    const { summary, forms } = clusterVerbs[name];
    expect(summary).toMatch(/^[a-z].*[^.]$/);
    for (const form of Object.values(forms)) expect(form.summary).toMatch(/^[a-z].*[^.]$/);
    for (const { description } of describeOptions(clusterVerbs[name])) {
      expect(description).toMatch(/^\S.*[^.]$/);
    }
    expect(routeOf(clusterVerbs[name]).summary).toMatch(/^[A-Z]/);
  },
);

test('a kind of event is declared once, by the cluster or by one verb', () => {
  const declared = [
    ...Object.keys(baseEvents),
    ...nodeVerbNames.flatMap((name) => Object.keys(registered[name].events ?? {})),
  ];
  expect(declared.sort()).toEqual(Object.keys(eventCatalog).sort());
});

test.each(nodeVerbNames)('%s begins and ends its interval with its own events', (name) => {
  const { events = {}, interval }: NodeVerb = registered[name];
  if (interval === undefined) return;
  const { after, endsAfter = [], endsWithProcess } = interval;
  expect(Object.keys(events)).toEqual(expect.arrayContaining(Object.keys(after)));
  expect(endsAfter.filter((kind) => !isEventKind(kind))).toEqual([]);
  const changes = Object.entries(after).map(([kind, wrong]) =>
    wrong?.(Value.Create(eventCatalog[kind as EventKind].facts) as object),
  );
  expect(changes.some((change) => typeof change === 'string')).toBe(true);
  expect(changes.includes(null) || endsAfter.length > 0 || endsWithProcess).toBe(true);
});

test('the README lists every verb with its summary', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-zA-Z]+)` \| (.*) \|$/gm)].map(([, name, summary]) => [
    name,
    summary,
  ]);
  const verbs = Object.fromEntries(rows);
  for (const name of nodeVerbNames) expect(verbs[name]).toBe(nodeVerbs[name].summary);
  for (const name of clusterVerbNames) expect(verbs[name]).toBe(clusterVerbs[name].summary);
});

test.each([
  ['exhaust', { descriptors: 50 }, 'descriptors'],
  ['slow', { cpu: '10%', for: '2s' }, 'cpu, for'],
  ['leak', { memory: '20MB' }, 'memory'],
  ['crash', { after: 2 }, 'after'],
] as const)('%s rejects any other option with off, and names it', (name, options, names) => {
  const { read } = nodeVerbs[name];
  expect(() => read({ ...options, off: true } as never)).toThrow(
    expect.objectContaining({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(
        new RegExp(`^off .*: expected no other option, got ${names}$`),
      ),
    }),
  );
  expect(() => read({ off: true } as never)).not.toThrow();
});

test('the API adds at most as many nodes as a cluster may have', () => {
  expect(Value.Check(clusterVerbs.add.options, { count: nodesMax })).toBe(true);
  expect(Value.Check(clusterVerbs.add.options, { count: nodesMax + 1 })).toBe(false);
});
