/** The options of a verb as data, for flags, forms and documents. */
import { isTextKind } from './texts.ts';
import type { NodeVerb } from './verb.ts';

export interface OptionDescription {
  readonly name: string;
  readonly description: string;
  readonly takes: 'flag' | 'integer' | 'text' | 'other';
  /** Of an integer. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** The name of a text's grammar, such as `duration`. */
  readonly placeholder: string;
  /** A text that may be the path of a file. */
  readonly mayBePath: boolean;
  /** It may also be a list of texts: the words behind `--`. */
  readonly mayBeList: boolean;
  readonly isRequired: boolean;
}

const kinds: Readonly<Record<string, OptionDescription['takes']>> = {
  boolean: 'flag',
  integer: 'integer',
  string: 'text',
};

interface SchemaFacts {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minProperties?: number;
}

export function describeOptions({
  options,
  texts: textsOf = {},
}: Pick<NodeVerb, 'options' | 'texts'>): OptionDescription[] {
  return Object.entries(options.properties).map(([name, property]) => {
    const { type = '', description = '', minimum, maximum }: SchemaFacts = property;
    const texts = textsOf[name];
    const kind = texts === undefined || !isTextKind(texts) ? undefined : texts;
    const takes = kind?.mayBeList ? 'text' : (kinds[type] ?? 'other');
    return {
      name,
      description,
      takes,
      mayBePath: kind?.mayBePath ?? false,
      mayBeList: kind?.mayBeList ?? false,
      placeholder: takes === 'integer' ? 'count' : (kind?.name ?? dashed(name)),
      isRequired: options.required?.includes(name) ?? false,
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
    };
  });
}

/** Whether at least one option, no matter which, is required. */
export function needsSome({ options }: NodeVerb): boolean {
  const { minProperties = 0 }: SchemaFacts = options;
  return minProperties > 0;
}

/** `perSecond` as `per-second`. */
export const dashed = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Whether an option of a plan's action belongs to the verb. `for` belongs to the plan, which undoes the
 * action after that time, unless the verb requires it and ends automatically.
 */
export const takesInPlan = ({ options }: NodeVerb, option: string): boolean =>
  option === 'for'
    ? (options.required?.includes(option) ?? false)
    : Object.hasOwn(options.properties, option);
