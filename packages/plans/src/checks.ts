/**
 * Checks as plans write them: a name, a name followed by one option, or a name with several options. The
 * history package declares the checks and their options. A custom check is named by the path of its
 * module, and its options are read when that is loaded.
 *
 *   linearizable
 *   availability >= 90%
 *   { availability: { share: '>= 90%', refusalsCount: true } }
 *   { ./no-oversell.ts: { stock: 5 } }
 */
import {
  type CheckOptions,
  checks,
  type Check as Declared,
  findCheck,
  readOptions,
  wordsOf,
} from '@faultline/history';
import { shown } from '@faultline/protocol/fit';
import { type TSchema, Type } from 'typebox';
import { isObject } from './fields.ts';
import type { Check } from './plan.ts';
import { inside, Problem, problemOf } from './problem.ts';

/** Whether a check is named by the path of its module. */
export const isModule = (name: string): boolean => /^\.{0,2}\//.test(name);

/** The name of a check or the path of its module, and its options. */
export function checkOf(check: Check): { readonly name: string; readonly options: CheckOptions } {
  if (typeof check === 'string') return { name: check, options: {} };
  const [name, value] = Object.entries(check)[0]!;
  if (isObject(value)) return { name, options: value };
  return { name, options: { [findCheck(name).short!]: value } };
}

/** A check as a plan writes it; `short` is the option that may directly follow the name. */
export function checkForm(name: string, options: CheckOptions, short?: string): Check {
  const [only, ...more] = Object.keys(options);
  if (only === undefined) return name;
  return { [name]: more.length === 0 && only === short ? options[only] : options };
}

/** As a user writes it: `availability >= 90%`. */
export function checkText(check: Check): string {
  if (typeof check === 'string') return check;
  const [name, value] = Object.entries(check)[0]!;
  return `${name} ${isObject(value) ? JSON.stringify(value) : String(value)}`;
}

/** A check in canonical form; accepts the text of `checkText` too. Throws a Problem. */
export function readCheck(value: unknown): Check {
  if (typeof value === 'string') return readText(value);
  if (!isObject(value)) {
    throw new Problem(`expected a check such as linearizable, got ${shown(value)}`);
  }
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) {
    throw new Problem(
      `expected one check such as { availability: '>= 90%' }, got ${Object.keys(value).join(', ') || 'nothing'}`,
    );
  }
  return readNamed(...entry);
}

function readText(text: string): Check {
  const line = text.trim();
  const at = isModule(line) ? line.search(/\s+\{/) : line.search(/\s/);
  const word = at < 0 ? line : line.slice(0, at);
  const rest = at < 0 ? '' : line.slice(at).trim();
  if (rest === '') return readNamed(word, null);
  if (rest.startsWith('{')) return readNamed(word, optionsIn(rest));
  return asked(word, Number.isNaN(Number(rest)) ? rest : Number(rest));
}

function optionsIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(`expected options such as {"order": "process"}, got ${shown(text)}`);
  }
}

function readNamed(name: string, value: unknown): Check {
  const isAlone = value === null || value === true;
  if (isModule(name)) {
    if (isAlone) return name;
    if (isObject(value)) return checkForm(name, value);
    throw new Problem(`expected options such as { stock: 5 }, got ${shown(value)}`, [name]);
  }
  return isAlone ? alone(declared(name)) : inside(name, () => asked(name, value));
}

function alone(check: Declared): Check {
  const { name, short, options } = check;
  const required: readonly string[] = options.required ?? [];
  if (short === undefined || !required.includes(short)) return readOptionsOf(check, {});
  const { title = 'an option' } = options.properties[short] as Titled;
  throw new Problem(`${name} needs ${title}, as in { ${name}: '${exampleOf(check)}' }`);
}

interface Titled extends TSchema {
  readonly title?: string;
  readonly examples?: readonly unknown[];
}

/** What may follow the name of a check in a plan, such as `>= 90%`; undefined for nothing. */
export function exampleOf({ options, short }: Declared): unknown {
  if (short === undefined) return undefined;
  const schema: Titled = options.properties[short]!;
  return schema.examples?.[0] ?? wordsOf(schema)?.[0];
}

function asked(name: string, value: unknown): Check {
  const check = declared(name);
  if (isObject(value)) return readOptionsOf(check, value);
  const { short } = check;
  if (short === undefined) throw new Problem(`expected nothing after ${name}, got ${shown(value)}`);
  try {
    return readOptionsOf(check, { [short]: value });
  } catch (thrown) {
    // The plan does not name the option, so the location does not either.
    const { message, path, cause } = problemOf(thrown);
    throw new Problem(message, path.slice(1), { cause });
  }
}

const readOptionsOf = (check: Declared, given: CheckOptions): Check =>
  checkForm(check.name, readOptions(check, given), check.short);

function declared(name: string): Declared {
  try {
    return findCheck(name);
  } catch (thrown) {
    throw problemOf(thrown);
  }
}

/** Completions for an editor. */
export const CheckSchema = Type.Union(
  [
    Type.String({
      description:
        'the name of a check, a whole line such as availability >= 90%, or the path of a module',
    }),
    ...checks.flatMap(({ name, summary, options, short }) => {
      if (Object.keys(options.properties).length === 0) return [];
      const takes =
        short === undefined ? options : Type.Union([options.properties[short]!, options]);
      return [
        Type.Object({ [name]: takes }, { additionalProperties: false, description: summary }),
      ];
    }),
    Type.Record(
      Type.String({ pattern: '^\\.{0,2}/' }),
      Type.Record(Type.String(), Type.Unknown()),
      {
        maxProperties: 1,
        description: 'a check from a module, relative to the plan, with its options',
      },
    ),
  ] as TSchema[],
  { description: 'what must hold at the end' },
);
