/** Types and lists derived from the registry. */
import type { Static } from 'typebox';
import type { Answers } from './answers.ts';
import type { ClusterVerb } from './cluster-verb.ts';
import type { NodeVerb } from './verb.ts';
import { registered, registeredOnCluster } from './verbs/registry.ts';

export type NodeVerbs = typeof registered;
export type NodeVerbName = keyof NodeVerbs;

/** The options of a request, without its nodes. */
export type OptionsOf<Verb extends NodeVerbName> = Static<NodeVerbs[Verb]['options']>;
/** Parsed options, for the performer. */
export type RequestOf<Verb extends NodeVerbName> = ReturnType<NodeVerbs[Verb]['read']>;

export const nodeVerbs: {
  readonly [Verb in NodeVerbName]: NodeVerb<Verb, NodeVerbs[Verb]['options'], RequestOf<Verb>>;
} = registered;

export const isNodeVerb = (name: string): name is NodeVerbName => Object.hasOwn(nodeVerbs, name);
export const nodeVerbNames = Object.keys(nodeVerbs).filter(isNodeVerb);

/** The action that undoes another on the same nodes. Null: there is nothing to undo. */
export function undoingOf(
  name: NodeVerbName,
  options: object,
): { readonly verb: NodeVerbName; readonly options: object } | null {
  const undone: NodeVerb = nodeVerbs[name];
  const undoing = undone.undo?.({ ...options }) ?? null;
  if (undoing === null) return null;
  const { verb, options: undoes = {} } = undoing;
  if (!isNodeVerb(verb)) throw new TypeError(`${name} is undone by ${verb}, which is not a verb`);
  return { verb, options: undoes };
}

export type ClusterVerbs = typeof registeredOnCluster;
export type ClusterVerbName = keyof ClusterVerbs;

/** The options of a request. */
export type ClusterOptionsOf<Verb extends ClusterVerbName> = Static<ClusterVerbs[Verb]['options']>;
/** Parsed options, for the performer. */
export type ClusterRequestOf<Verb extends ClusterVerbName> = ReturnType<ClusterVerbs[Verb]['read']>;
/** The result of the performer, and the API's answer. */
export type ClusterAnswerOf<Verb extends ClusterVerbName> = Answers[ClusterVerbs[Verb]['answer']];

export const clusterVerbs: {
  readonly [Verb in ClusterVerbName]: ClusterVerb<
    Verb,
    ClusterVerbs[Verb]['options'],
    ClusterRequestOf<Verb>,
    ClusterVerbs[Verb]['answer']
  >;
} = registeredOnCluster;

export const isClusterVerb = (name: string): name is ClusterVerbName =>
  Object.hasOwn(clusterVerbs, name);
export const clusterVerbNames = Object.keys(clusterVerbs).filter(isClusterVerb);
