/** The options of a check or a workload as a table, derived from their schema. */
import { wordsOf } from '@faultline/history';
import { wanted } from '@faultline/protocol/fit';
import type { TObject, TSchema } from 'typebox';
import { table } from './table.ts';

export interface Described extends TSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: string;
}

/** Indented, with a header; null if there are no options. */
export function optionTable(options: Pick<TObject, 'properties' | 'required'>): string | null {
  const required: readonly string[] = options.required ?? [];
  const rows = Object.entries<Described>(options.properties).map(([option, schema]) => [
    `  ${option}`,
    valueInWords(schema),
    required.includes(option) ? 'required' : defaultInWords(schema),
    schema.description ?? '',
  ]);
  return rows.length === 0 ? null : table(['  option', 'value', 'default', 'meaning'], rows);
}

function valueInWords(schema: Described): string {
  const words = wordsOf(schema);
  if (words !== undefined) return words.join(', ');
  if (schema.type === 'array') return 'a list';
  return wanted(schema);
}

const defaultInWords = (schema: Described): string =>
  schema.default === undefined ? '' : String(schema.default);
