/** The forms of verbs on the cluster as verbs of plans. */
import {
  askedBy,
  type ClusterFormName,
  type ClusterVerb,
  clusterForm,
  clusterFormNames,
  clusterVerbs,
  type Form,
  type TextKind,
} from '@faultline/actions';
import type { SelectorContext } from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';
import { type TObject, type TProperties, type TSchema, Type } from 'typebox';
import { type Fields, fields, namedNodes, requireMeaning, text } from './fields.ts';
import { inside, Problem } from './problem.ts';
import { type Reader, readerOfText, readYes, rulesGo, to, type Verb, yes } from './verb.ts';

/** Without `for`: in a plan, every verb that can be undone accepts it. */
function optionsOf({ options }: ClusterVerb, form: Form): TProperties {
  const own = form.options.filter((name) => name !== 'for');
  return Object.fromEntries(own.map((name) => [name, Type.Optional(options.properties[name]!)]));
}

/** The options that do not stand beside the form, as fields. */
const fieldsOf = ({ options }: ClusterVerb, form: Form): TObject => {
  const own = Object.entries(options.properties).filter(([name]) => !form.options.includes(name));
  return Type.Object(Object.fromEntries(own), { additionalProperties: false });
};

function takes(verb: ClusterVerb, form: Form): TSchema {
  const { subject, off } = form;
  if (subject === undefined) return yes('true');
  if (subject === 'options') {
    const own = fieldsOf(verb, form);
    if (off === undefined) return own;
    return Type.Union([own, Type.Literal('off', { description: 'end it' })]);
  }
  const required: TProperties = Type.Required(verb.options).properties;
  const named = subject.options.map((name) => required[name]!);
  if (subject.otherwise !== undefined) named.push(yes(subject.otherwise));
  const [first, ...others] = named;
  return others.length === 0 ? first! : Type.Union([first!, ...others]);
}

function readFields(
  verb: ClusterVerb,
  form: Form,
  value: unknown,
  context: SelectorContext,
): unknown {
  const read = fields(fieldsOf(verb, form), value);
  for (const [name, { resolve } = { resolve: undefined }] of Object.entries(verb.texts ?? {})) {
    const given = read[name];
    if (resolve === undefined || typeof given !== 'string') continue;
    inside(name, () => requireMeaning(context, (some) => void resolve(given, some)));
  }
  return read;
}

function readText(
  kind: TextKind,
  value: unknown,
  context: SelectorContext,
  expected = kind.expected,
): string {
  const given = text(value, expected);
  kind.parse(given);
  const { name, resolve } = kind;
  if (name === 'nodes') namedNodes(given, context);
  else if (resolve !== undefined) requireMeaning(context, (some) => void resolve(given, some));
  return given;
}

/** A number within its bounds, or a text that its grammar accepts. */
function readSubject(verb: ClusterVerb, form: Form): Reader {
  const { subject, off } = form;
  if (subject === undefined) return readYes;
  if (subject === 'options') {
    return (value, context) => {
      // YAML 1.1 reads `off` as a boolean.
      const isOff = off !== undefined && (value === 'off' || value === false);
      return isOff ? 'off' : readFields(verb, form, value, context);
    };
  }
  const { options, expected, otherwise } = subject;
  return (value, context) => {
    if (value === true && otherwise !== undefined) return true;
    for (const name of options) {
      const { type, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = factsOf(verb, name);
      const kind = verb.texts?.[name];
      if (type === 'integer') {
        if (Number.isInteger(value) && minimum <= Number(value) && Number(value) <= maximum) {
          return value;
        }
      } else if (kind !== undefined && (options.length === 1 || typeof value === 'string')) {
        return readText(kind, value, context, expected);
      }
    }
    throw new Problem(`expected ${expected}, got ${shown(value)}`);
  };
}

interface OptionFacts {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const factsOf = ({ options }: ClusterVerb, name: string): OptionFacts =>
  options.properties[name] ?? {};

function readersOf({ texts = {} }: ClusterVerb, form: Form): Record<string, Reader> {
  return Object.fromEntries(
    form.options.flatMap((option) => {
      const kind = texts[option];
      return kind === undefined ? [] : [[option, readerOfText(kind)]];
    }),
  );
}

function check(name: ClusterFormName, action: Fields): void {
  const { [name]: subject, for: _lifetime, as: _name, optional: _optional, ...beside } = action;
  const { verb, options } = askedBy(name, subject, beside);
  const asked: ClusterVerb = clusterVerbs[verb];
  asked.read({ ...options });
}

function undoOf({ undo }: ClusterVerb): Pick<Verb, 'undo'> {
  if (undo === undefined) return {};
  return { undo: undo === 'rules' ? rulesGo : to((nodes) => ({ [undo.verb]: nodes })) };
}

function clusterAction(name: ClusterFormName): Verb {
  const { verb, form } = clusterForm(name);
  return {
    summary: form.summary,
    takes: takes(verb, form),
    read: readSubject(verb, form),
    options: optionsOf(verb, form),
    readOptions: readersOf(verb, form),
    check: (action) => check(name, action),
    ...undoOf(verb),
    isFault: verb.isFault,
    ...(form.isPrelude && { isPrelude: true }),
  };
}

export const clusterActions = Object.fromEntries(
  clusterFormNames.map((name) => [name, clusterAction(name)]),
) as Record<ClusterFormName, Verb>;
