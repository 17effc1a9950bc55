/** The forms of the verbs on the cluster, each under its name: what plans, commands and tests call them. */
import type { ClusterVerb, Form } from './cluster-verb.ts';
import {
  type ClusterOptionsOf,
  type ClusterVerbName,
  type ClusterVerbs,
  clusterVerbNames,
  clusterVerbs,
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
 * What a form asks for: `subject` is what stands behind its name, `beside` what stands beside it.
 * `true` as a subject says nothing.
 */
export function askedBy(name: ClusterFormName, subject: unknown, beside: object): ClusterRequest {
  const { verb, verbName, form } = clusterForm(name);
  const option = subject === true ? undefined : optionFor(verb, form, subject);
  const own = Object.entries(beside).filter(([key]) => form.options.includes(key));
  const named = option === undefined ? {} : { [option]: subject };
  const options = { ...named, ...form.says, ...Object.fromEntries(own) };
  // Whoever takes the options reads them: the API by their schema, a plan by its own.
  return { verb: verbName, options } as ClusterRequest;
}

function optionFor(
  { options }: ClusterVerb,
  { subject }: Form,
  value: unknown,
): string | undefined {
  const [only, ...others] = subject?.options ?? [];
  if (others.length === 0) return only;
  const type = typeof value === 'number' ? 'integer' : 'string';
  return subject?.options.find((name) => typeOf(options.properties[name]) === type);
}

const typeOf = ({ type }: { readonly type?: string } = {}): string | undefined => type;
