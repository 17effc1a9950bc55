/** Readers of the small parts of plans. Each throws a Problem, or an error of the grammar. */

import {
  formatDuration,
  parseDuration,
  parseNodes,
  resolveNodes,
  type SelectorContext,
} from '@faultline/protocol';
import { fit, shown } from '@faultline/protocol/fit';
import type { TObject } from 'typebox';
import { inside, Problem } from './problem.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What selectors in a plan may name. */
export function contextOf(nodes: readonly string[], clients: number): SelectorContext {
  return {
    nodes,
    clients: [...Array.from({ length: clients }, (_, i) => `c${i + 1}`), 'time'],
    leader: 'n1',
    pick: (count, among) => among.slice(0, count),
  };
}

/**
 * Checks that a selector can match. The leader and random nodes are known only while the plan runs, and
 * `n1 | leader` is valid unless n1 leads. Throws only errors that are certain.
 */
export function requireMeaning(
  context: SelectorContext,
  act: (context: SelectorContext) => void,
): void {
  const leaders = [context.nodes[0], context.nodes.at(-1)];
  const picks = [
    context.pick,
    (count: number, among: readonly string[]) => among.slice(among.length - count),
  ];
  let first: unknown;
  for (const leader of leaders) {
    for (const pick of picks) {
      try {
        act({ ...context, leader, pick });
        return;
      } catch (thrown) {
        first ??= thrown;
      }
    }
  }
  throw first;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields that fit a schema, in the schema's order. */
export function fields(schema: TObject, value: unknown): Record<string, unknown> {
  if (!isObject(value))
    throw new Problem(`expected fields such as key: value, got ${shown(value)}`);
  const fitting = fit(schema, value, '');
  return ordered(fitting, Object.keys(schema.properties));
}

/** The given keys first, in that order, and then the others. */
export function ordered(value: Fields, order: readonly string[]): Record<string, unknown> {
  const keys = [...order.filter((key) => Object.hasOwn(value, key)), ...Object.keys(value)];
  return Object.fromEntries([...new Set(keys)].map((key) => [key, value[key]]));
}

export function text(value: unknown, what: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new Problem(`expected ${what}, got ${value === '' ? 'an empty text' : shown(value)}`);
}

/** In canonical form: `1000ms` is `1s`. */
export function duration(
  value: unknown,
  { mayBeZero = false, what = 'a duration such as 2s' } = {},
): string {
  if (typeof value === 'number') {
    throw new Problem(`expected ${what}, got ${value}: write ${value}s or ${value}ms`);
  }
  const ms = parseDuration(text(value, what));
  if (ms < 0 || (ms === 0 && !mayBeZero)) {
    throw new Problem(
      `expected ${mayBeZero ? 'a duration of 0 or more' : 'a duration above 0'}, got ${shown(value)}`,
    );
  }
  if (ms > dayMs) throw new Problem(`expected a duration of at most a day, got ${shown(value)}`);
  return formatDuration(ms);
}

const dayMs = 86_400_000;

export function nodes(value: unknown, context: SelectorContext): string {
  const selector = text(value, 'nodes such as n1, n1,n2, leader or random:1');
  namedNodes(selector, context);
  return selector;
}

/** The nodes that a selector names, where clients are not allowed; errors list only nodes. Throws a Problem. */
export function namedNodes(selector: string, context: SelectorContext): string[] {
  const parsed = parseNodes(selector);
  let names: string[];
  try {
    names = resolveNodes(parsed, context);
  } catch {
    return resolveNodes(parsed, { ...context, clients: [] });
  }
  const client = names.find((name) => !context.nodes.includes(name));
  if (client === undefined) return names;
  throw new Problem(`${client} is a client: expected a node`);
}

/** Reads the fields that are present, each with its reader; the others stay as they are. */
export function refine(
  value: Fields,
  readers: Readonly<Record<string, (value: unknown) => unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const read = Object.hasOwn(readers, key) ? readers[key] : undefined;
      return [key, read === undefined ? field : inside(key, () => read(field))];
    }),
  );
}
