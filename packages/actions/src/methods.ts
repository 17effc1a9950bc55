/** Methods named after the verbs, for a cluster and for a client of its API. */
import {
  type ClusterAnswerOf,
  type ClusterOptionsOf,
  type ClusterVerbName,
  clusterVerbNames,
  type NodeVerbName,
  nodeVerbNames,
  type OptionsOf,
} from './types.ts';

type Given<Options> =
  Record<never, never> extends Options ? [options?: Options] : [options: Options];

type NodeMethods<Result> = {
  readonly [Verb in NodeVerbName]: (
    nodes: string,
    ...given: Given<OptionsOf<Verb>>
  ) => Promise<Result>;
};

type ClusterMethods = {
  readonly [Verb in ClusterVerbName]: (
    ...given: Given<ClusterOptionsOf<Verb>>
  ) => Promise<ClusterAnswerOf<Verb>>;
};

export interface PerformsVerbs<Result> {
  perform<Verb extends NodeVerbName>(
    verb: Verb,
    nodes: string,
    options: OptionsOf<Verb>,
  ): Promise<Result>;
  performOnCluster<Verb extends ClusterVerbName>(
    verb: Verb,
    options: ClusterOptionsOf<Verb>,
  ): Promise<ClusterAnswerOf<Verb>>;
}

/** Named, so that declaration files refer to it instead of repeating every verb's options. */
export type VerbsBase<Result> = abstract new () => PerformsVerbs<Result> &
  NodeMethods<Result> &
  ClusterMethods;

/**
 * A base class with one method for each verb: `client.kill('n3')` calls `perform('kill', 'n3', {})` of the
 * class that extends it, and `client.heal()` calls `performOnCluster('heal', {})`.
 */
export function withVerbMethods<Result>(): VerbsBase<Result> {
  abstract class WithVerbs {
    abstract perform<Verb extends NodeVerbName>(
      verb: Verb,
      nodes: string,
      options: OptionsOf<Verb>,
    ): Promise<Result>;
    abstract performOnCluster<Verb extends ClusterVerbName>(
      verb: Verb,
      options: ClusterOptionsOf<Verb>,
    ): Promise<ClusterAnswerOf<Verb>>;
  }
  for (const name of nodeVerbNames) {
    Object.defineProperty(WithVerbs.prototype, name, {
      value(this: WithVerbs, nodes: string, options: OptionsOf<typeof name> = {}) {
        return this.perform(name, nodes, options);
      },
    });
  }
  for (const name of clusterVerbNames) {
    Object.defineProperty(WithVerbs.prototype, name, {
      value(this: WithVerbs, options: ClusterOptionsOf<typeof name> = {}) {
        return this.performOnCluster(name, options);
      },
    });
  }
  // The compiler cannot follow definitions in a loop.
  return WithVerbs as unknown as VerbsBase<Result>;
}
