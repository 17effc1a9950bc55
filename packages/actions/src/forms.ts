/** The forms of the verbs on the cluster by name, as plans, commands and tests use them. */
import type { ClusterVerb, Form } from './cluster-verb.ts';
import {
  type ClusterOptionsOf,
  type ClusterVerbName,
  type ClusterVerbs,
  clusterVerbNames,
  clusterVerbs,
  isClusterVerb,
} from './types.ts';

export type ClusterFormName = {
  readonly [Verb in ClusterVerbName]: keyof ClusterVerbs[Verb]['forms'] & string;
}[ClusterVerbName];

interface NamedForm {
  readonly verb: ClusterVerb;
  readonly verbName: ClusterVerbName;
  readonly form: Form;
}

const formOf: ReadonlyMap<string, NamedForm> = new Map(
  clusterVerbNames.flatMap((verbName) => {
    const verb: ClusterVerb = clusterVerbs[verbName];
    return Object.entries(verb.forms).map(
      ([name, form]) => [name, { verb, verbName, form }] as const,
    );
  }),
);

export const isClusterForm = (name: string): name is ClusterFormName => formOf.has(name);
export const clusterFormNames = [...formOf.keys()].filter(isClusterForm);
export const clusterForm = (name: ClusterFormName): NamedForm => formOf.get(name)!;

/** A verb and its options. */
export type ClusterRequest = {
  readonly [Verb in ClusterVerbName]: {
    readonly verb: Verb;
    readonly options: ClusterOptionsOf<Verb>;
  };
}[ClusterVerbName];

/**
 * The verb and options that a form stands for. `subject` follows its name, `beside` has the other options.
 * A subject of `true` means that nothing follows the name.
 */
export function askedBy(name: ClusterFormName, subject: unknown, beside: object): ClusterRequest {
  const { verb, verbName, form } = clusterForm(name);
  const own = Object.entries(beside).filter(([key]) => form.options.includes(key));
  if (subject === 'off' && isOff(form)) {
    const { properties } = clusterVerbs[form.off].options;
    return asRequest(form.off, Object.fromEntries(own.filter(([key]) => key in properties)));
  }
  const named = subject === true ? {} : saidBy(verb, form, subject);
  return asRequest(verbName, { ...named, ...form.says, ...Object.fromEntries(own) });
}

/** The options are validated by their consumer: the API by their schema, a plan by its own. */
const asRequest = (verb: ClusterVerbName, options: object): ClusterRequest =>
  ({ verb, options }) as ClusterRequest;

function saidBy({ options }: ClusterVerb, { subject }: Form, value: unknown): object {
  if (subject === 'options') return typeof value === 'object' && value !== null ? value : {};
  const [only, ...others] = subject?.options ?? [];
  if (only === undefined) return {};
  if (others.length === 0) return { [only]: value };
  const type = typeof value === 'number' ? 'integer' : 'string';
  const meant = subject?.options.find((name) => typeOf(options.properties[name]) === type);
  return meant === undefined ? {} : { [meant]: value };
}

const typeOf = ({ type }: { readonly type?: string } = {}): string | undefined => type;

const isOff = (form: Form): form is Form & { readonly off: ClusterVerbName } =>
  form.off !== undefined && isClusterVerb(form.off);
