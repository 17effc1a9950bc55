/** The catalog: every kind has a wording, and events of other versions are shown as they are. */
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

test('every kind has a sentence on when it is recorded', () => {
  expect(kinds.filter(([, { meaning }]) => !/^[A-Z].*\.$/.test(meaning))).toEqual([]);
});

test('every kind has its own schema name', () => {
  expect(eventSchemaName('node.eventsDropped')).toBe('NodeEventsDroppedEvent');
  const names = kinds.map(([kind]) => eventSchemaName(kind));
  expect(new Set(names).size).toBe(kinds.length);
});

test.each(kinds)('%s has a one-line wording for any facts of its schema', (kind, { facts }) => {
  const made = Value.Create(facts) as object;
  const text = eventText(event(kind, made));
  expect(text).not.toMatch(/^\w+\.\w+ \{|undefined|NaN|\n/);
});

test('shows the bare facts if one that the wording needs is missing', () => {
  expect(eventText(event('node.ready', { incarnation: 2 }))).toBe('node.ready {"incarnation":2}');
  expect(eventText(event('members.changed', { nodes: 7 }))).toBe('members.changed {"nodes":7}');
});

test('accepts that a fact is missing which the wording does not need', () => {
  expect(eventText(event('node.ready', { afterMs: 7 }))).toBe('ready after 7 ms');
});

test('shows a kind of another version with its facts', () => {
  const other = event('of.another.version', { x: 1 });
  expect(eventText(other)).toBe('of.another.version {"x":1}');
  expect(isQuiet(other)).toBe(false);
});

test('joins the lines of a reason into one', () => {
  expect(eventText(event('node.unready', { reason: 'a\n  b' }))).toBe('a b');
});

test.each(['constructor', 'toString', '__proto__'])(
  'shows an event whose kind is %s, a property of every object, as it came',
  (kind) => {
    const event = { kind, facts: { a: 1 } } as unknown as ClusterEvent;
    expect(eventText(event)).toBe(`${kind} {"a":1}`);
    expect(isQuiet(event)).toBe(false);
  },
);
