/** What a verb of a plan is, and the readers and undo functions that several verbs share. */

import type { TextKind } from '@faultline/actions';
import { parseLinks, resolveLinks, type SelectorContext } from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';
import { type TProperties, type TSchema, Type } from 'typebox';
import { readTime } from './drawn-time.ts';
import { duration, type Fields, nodes, requireMeaning, text } from './fields.ts';
import type { Action } from './plan.ts';
import { Problem } from './problem.ts';

export type Reader = (value: unknown, context: SelectorContext) => unknown;

/** What an action has done: the nodes that it acted on, and the rules that it installed. */
export interface Done {
  readonly nodes: readonly string[];
  readonly rules: readonly string[];
  /** For a call: resolves with its outcome in words. */
  readonly answered?: Promise<string>;
}

/** How to undo an action: another action, or rules to remove. */
export type Undo = { readonly action: Action } | { readonly rules: readonly string[] };

export interface Verb {
  readonly summary: string;
  /** The subject of the verb. */
  readonly takes: TSchema;
  readonly read: Reader;
  /** Its options. */
  readonly options: TProperties;
  readonly readOptions?: Readonly<Record<string, Reader>>;
  /** Checks which options exclude or require each other. */
  readonly check?: (action: Fields) => void;
  /** Undoes it; a verb without it accepts no `for`. */
  readonly undo?: (action: Fields, done: Done) => Undo | null;
  /** Whether it is a fault; other verbs end faults, or only send requests. */
  readonly isFault: boolean;
  /** Flags for which false has a meaning. */
  readonly switches?: readonly string[];
  /** Allowed only before the load. */
  readonly isPrelude?: true;
}

export const words = (description: string, ...examples: string[]) =>
  Type.String({ description, examples });
export const whom = (description: string) => words(description, 'n1', 'leader', 'random:1');
export const yes = (description: string) => Type.Literal(true, { description });
export const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

export const readYes: Reader = (value) => {
  if (value === true) return true;
  throw new Problem(`expected true, got ${shown(value)}`);
};
export const readNodes: Reader = (value, context) => nodes(value, context);
export const readDuration: Reader = (value) => duration(value);
export const readLifetime: Reader = (value) => readTime(value);
export const readName: Reader = (value) => text(value, 'a name');
export const readLinks: Reader = (value, context) => {
  const links = text(value, 'links such as n1>n2');
  requireMeaning(context, (some) => void resolveLinks(parseLinks(links), some));
  return links;
};
/** The text unchanged, once it is known to be valid. */
export const readable =
  (parse: (value: string) => unknown, what: string): ((value: unknown) => unknown) =>
  (value) => {
    const given = text(value, what);
    parse(given);
    return given;
  };

/** An option that is a text with a grammar, or a list of texts if allowed. */
export const readerOfText =
  ({ parse, expected, mayBeList }: TextKind): Reader =>
  (value) =>
    mayBeList && Array.isArray(value) ? value : readable(parse, expected)(value);

export const rulesGo = (_: Fields, { rules }: Done): Undo | null =>
  rules.length === 0 ? null : { rules };
export const to =
  (make: (nodes: string) => Action) =>
  (_: Fields, { nodes }: Done): Undo | null =>
    nodes.length === 0 ? null : { action: make(nodes.join(',')) };

export function needs(action: Fields, name: string): void {
  if (action[name] === undefined) throw new Problem(`${name} is missing`);
}

export function oneOf(action: Fields, one: string, other: string): void {
  const isOff = action[other] === true;
  if ((action[one] !== undefined) === isOff) {
    throw new Problem(`expected ${one} or ${other}: true, not both`);
  }
}

export function some(action: Fields, names: readonly string[]): void {
  if (!names.some((name) => action[name] !== undefined)) {
    throw new Problem(`expected one of ${names.join(', ')}`);
  }
}
