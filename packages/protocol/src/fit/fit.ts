/**
 * Whether data fits an object schema, and if not, one line that a person can act on: which property,
 * what was expected, what came, and what would be right.
 */
import type { TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { FaultlineError } from '../errors.ts';
import { nearest } from './nearest.ts';

/**
 * The properties of `value` that are set, as a new object. `path` names the place in messages:
 * '' for the rule itself, 'settings.' for its settings.
 */
export function fit(schema: TObject, value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const property = path.slice(0, -1) || 'rule';
    throw unfit(property, `${property}: expected an object, got ${shown(value)}`);
  }
  const properties = schema.properties as Record<string, TSchema>;
  const known = Object.keys(properties);
  const fitting: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) throw unknownProperty(path, name, known);
    if (given === undefined) continue;
    if (!Value.Check(property, given)) {
      const message = `${path}${name}: expected ${wanted(property)}, got ${shown(given)}`;
      throw unfit(`${path}${name}`, message, wanted(property));
    }
    fitting[name] = given;
  }
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(fitting, name)) continue;
    const expected = wanted(properties[name]!);
    const property = `${path}${name}`;
    throw new FaultlineError('BAD_RULE', `${property} is missing: expected ${expected}`, {
      property,
      expected,
      isMissing: true,
    });
  }
  return fitting;
}

function unknownProperty(path: string, name: string, known: readonly string[]): FaultlineError {
  const meant = nearest(name, known);
  const there = `known: ${known.join(', ') || 'none'}`;
  const hint = meant === undefined ? there : `did you mean ${meant}? (${there})`;
  const where = `${path}${shown(name).slice(1, -1)}`;
  return unfit(where, `${where}: no such property; ${hint}`, known.join(', '));
}

function unfit(property: string, message: string, expected?: string): FaultlineError {
  return new FaultlineError('BAD_RULE', message, { property, expected });
}

/** In words: `a text or a number from 0 to 1, such as "5%" or 0.05`. */
export function wanted(schema: TSchema): string {
  const { anyOf, examples } = schema as { anyOf?: TSchema[]; examples?: unknown[] };
  const types = (anyOf ?? [schema]).map(typeInWords).join(' or ');
  if (examples === undefined) return types;
  return `${types}, such as ${examples.map((example) => JSON.stringify(example)).join(' or ')}`;
}

function typeInWords(schema: TSchema): string {
  const {
    type,
    const: only,
    minimum,
    maximum,
  } = schema as {
    type?: string;
    const?: unknown;
    minimum?: number;
    maximum?: number;
  };
  const least = minimum === undefined ? '' : ` from ${minimum}`;
  const range = maximum === undefined ? least && `${least} up` : `${least} to ${maximum}`;
  if (only !== undefined) return JSON.stringify(only);
  switch (type) {
    case 'string':
      return 'a text';
    case 'number':
      return `a number${range}`;
    case 'integer':
      return `a whole number${range}`;
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'an object';
    default:
      return type ?? 'any JSON';
  }
}

const shownLengthMax = 60;

/** Data as it fits into a line, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const isLong = value.length > shownLengthMax;
    return JSON.stringify(isLong ? `${value.slice(0, shownLengthMax)}…` : value);
  }
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
