/** Methods named after the verbs, for whatever can do them: a cluster and a client of its API. */
import { type NodeVerbName, nodeVerbNames, type OptionsOf } from './types.ts';

type Given<Verb extends NodeVerbName> =
  Record<never, never> extends OptionsOf<Verb>
    ? [options?: OptionsOf<Verb>]
    : [options: OptionsOf<Verb>];

export type NodeMethods<Result> = {
  readonly [Verb in NodeVerbName]: (nodes: string, ...given: Given<Verb>) => Promise<Result>;
};

export interface PerformsNodeVerbs<Result> {
  perform<Verb extends NodeVerbName>(
    verb: Verb,
    nodes: string,
    options: OptionsOf<Verb>,
  ): Promise<Result>;
}

/** Named, so that a declaration file refers to it instead of spelling out every verb's options. */
export type NodeVerbsBase<Result> = abstract new () => PerformsNodeVerbs<Result> &
  NodeMethods<Result>;

/**
 * A base class with one method for each verb on nodes: `client.kill('n3')` calls `perform('kill', 'n3', {})`
 * of the class that extends it.
 */
export function withNodeMethods<Result>(): NodeVerbsBase<Result> {
  abstract class OnNodes {
    abstract perform<Verb extends NodeVerbName>(
      verb: Verb,
      nodes: string,
      options: OptionsOf<Verb>,
    ): Promise<Result>;
  }
  for (const name of nodeVerbNames) {
    Object.defineProperty(OnNodes.prototype, name, {
      value(this: OnNodes, nodes: string, options: OptionsOf<typeof name> = {}) {
        return this.perform(name, nodes, options);
      },
    });
  }
  // The compiler cannot follow what a loop defines.
  return OnNodes as unknown as NodeVerbsBase<Result>;
}
