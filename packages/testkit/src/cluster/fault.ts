/**
 * A fault of a cluster, and how to undo it. A fault lasts until `undo`, until the end of the block in which
 * it was declared with `using` or `await using`, or until the cluster is healed or reset.
 *
 *     using cut = await cluster.partition('n1 | n2,n3');
 *
 * `using` cannot wait: the undo starts at the end of the block, and the next operation on the cluster waits
 * for it to finish.
 */

import { asFaultlineError } from '@faultline/protocol';
import { alreadyOverCodes } from '@faultline/supervisor';

export interface Fault extends Disposable, AsyncDisposable {
  /** A description, such as `n1 paused`. */
  readonly what: string;
  /** The affected nodes; empty for faults of links. */
  readonly nodes: readonly string[];
  /** The ids of the rules that make up the fault; empty for faults of nodes. */
  readonly rules: readonly string[];
  /** Ends the fault. Calling it again has no effect. */
  undo(): Promise<void>;
}

export interface FaultParts {
  readonly what: string;
  readonly nodes?: readonly string[];
  readonly rules?: readonly string[];
  readonly undo: () => Promise<unknown>;
  /** Called with an undo that the caller cannot wait for; the next operation has to wait and get its error. */
  readonly onUndo: (done: Promise<void>) => void;
}

export function makeFault({ what, nodes = [], rules = [], undo, onUndo }: FaultParts): Fault {
  let undone: Promise<void> | undefined;
  const end = (): Promise<void> => {
    undone ??= undo().then(() => {}, ignoreAlreadyEnded);
    return undone;
  };
  return {
    what,
    nodes,
    rules,
    undo: end,
    [Symbol.dispose]: () => onUndo(end()),
    [Symbol.asyncDispose]: end,
  };
}

/** A fault may have ended by other means, or with its cluster. */
function ignoreAlreadyEnded(thrown: unknown): void {
  const { code } = asFaultlineError(thrown);
  if (code !== 'CLUSTER_STOPPING' && !alreadyOverCodes.has(code)) throw thrown;
}
