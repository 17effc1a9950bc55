/** The catalog: every kind has words, and events of other versions are shown as they are. */
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import {
  type ClusterEvent,
  eventCatalog,
  eventSchemaName,
  eventText,
  isQuiet,
} from '../../src/index.ts';

const event = (kind: string, facts: object) =>
  ({ seq: 1, atMs: 0, time: '', kind, node: 'n1', facts }) as ClusterEvent;

const kinds = Object.entries(eventCatalog);

test('every kind says when it is recorded, in a sentence', () => {
  expect(kinds.filter(([, { meaning }]) => !/^[A-Z].*\.$/.test(meaning))).toEqual([]);
});

test('every kind has the name of a schema of its own', () => {
  expect(eventSchemaName('node.eventsDropped')).toBe('NodeEventsDroppedEvent');
  const names = kinds.map(([kind]) => eventSchemaName(kind));
  expect(new Set(names).size).toBe(kinds.length);
});

test.each(kinds)('%s has words for any facts of its schema, in one line', (kind, { facts }) => {
  const made = Value.Create(facts) as object;
  const text = eventText(event(kind, made));
  expect(text).not.toMatch(/^\w+\.\w+ \{|undefined|NaN|\n/);
});

test('a fact that the words need and that is missing leaves the facts as they are', () => {
  expect(eventText(event('node.ready', { incarnation: 2 }))).toBe('node.ready {"incarnation":2}');
  expect(eventText(event('members.changed', { nodes: 7 }))).toBe('members.changed {"nodes":7}');
});

test('a fact that the words do not need may be missing', () => {
  expect(eventText(event('node.ready', { afterMs: 7 }))).toBe('ready after 7 ms');
});

test('a kind of another version is shown with its facts', () => {
  const other = event('of.another.version', { x: 1 });
  expect(eventText(other)).toBe('of.another.version {"x":1}');
  expect(isQuiet(other)).toBe(false);
});

test('lines within a reason become one', () => {
  expect(eventText(event('node.unready', { reason: 'a\n  b' }))).toBe('a b');
});

test.each(['constructor', 'toString', '__proto__'])(
  'an event whose kind is %s, which every object has, is shown as it came',
  (kind) => {
    const event = { kind, facts: { a: 1 } } as unknown as ClusterEvent;
    expect(eventText(event)).toBe(`${kind} {"a":1}`);
    expect(isQuiet(event)).toBe(false);
  },
);
