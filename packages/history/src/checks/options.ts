/** Options of a check, read from data: unknown ones are refused, each is brought into its one form. */
import { FaultlineError } from '@faultline/protocol';
import { shown, wanted } from '@faultline/protocol/fit';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type Check, type CheckOptions, requireKnownOptions } from './check.ts';

/**
 * In the order of the check's own. Throws BAD_REQUEST; `facts.property` names the option that is wrong.
 */
export function readOptions(check: Check, given: CheckOptions): CheckOptions {
  requireKnownOptions(check, given);
  const { properties } = check.options;
  const required: readonly string[] = check.options.required ?? [];
  const read: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const value = given[name];
    if (value !== undefined) read[name] = readOption(check, name, value);
    else if (required.includes(name)) {
      throw misfit(
        name,
        `${name} is missing: the check ${check.name} needs ${expectation(schema)}`,
      );
    }
  }
  return read;
}

function readOption(check: Check, name: string, value: unknown): unknown {
  const schema = check.options.properties[name]!;
  const canonical = Object.hasOwn(check.canonical, name) ? check.canonical[name] : undefined;
  try {
    if (canonical !== undefined) return canonical(value);
  } catch (thrown) {
    if (!(thrown instanceof FaultlineError)) throw thrown;
    throw misfit(name, `${name}: ${thrown.message}`, thrown);
  }
  const trimmed = typeof value === 'string' ? value.trim() : value;
  if (Value.Check(schema, trimmed)) return trimmed;
  throw misfit(name, `${name}: expected ${expectation(schema)}, got ${shown(value)}`);
}

/** `title` is the noun: "an order of ids, which is process, real-time". */
function expectation(schema: TSchema): string {
  const { title } = schema as { title?: string };
  const words = wordsOf(schema);
  if (words === undefined) return title ?? wanted(schema);
  return `${title ?? 'one of the words'}, which is ${words.join(', ')}`;
}

/** The words that an option may be; undefined where it is something else. */
export const wordsOf = (schema: TSchema): readonly unknown[] | undefined =>
  (schema as { enum?: readonly unknown[] }).enum;

const misfit = (property: string, message: string, cause?: unknown): FaultlineError =>
  new FaultlineError('BAD_REQUEST', message, { property }, { cause });
