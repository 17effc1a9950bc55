/**
 * What somebody has done to a cluster, and how it is undone. A fault lasts until `undo`, until the end
 * of a block that it was declared in with `using` or `await using`, or until the cluster is reset.
 *
 *     using cut = await cluster.partition('n1 | n2,n3');
 *
 * `using` cannot wait: the undoing begins at the end of the block, and the next thing that is asked of
 * the cluster waits until it is done.
 */

import { asFaultlineError } from '@faultline/protocol';
import { alreadyOverCodes } from '@faultline/supervisor';

export interface Fault extends Disposable, AsyncDisposable {
  /** In words. */
  readonly what: string;
  /** The nodes it is about; of faults of links none. */
  readonly nodes: readonly string[];
  /** The rules it is made of; of faults of nodes none. */
  readonly rules: readonly string[];
  /** May be called again, and does nothing then. */
  undo(): Promise<void>;
}

export interface FaultParts {
  readonly what: string;
  readonly nodes?: readonly string[];
  readonly rules?: readonly string[];
  readonly undo: () => Promise<unknown>;
  /** Somebody has to wait for it, and to hear where it failed. */
  readonly onUndoing: (done: Promise<void>) => void;
}

export function makeFault({ what, nodes = [], rules = [], undo, onUndoing }: FaultParts): Fault {
  let undone: Promise<void> | undefined;
  const end = (): Promise<void> => {
    undone ??= undo().then(() => {}, passOver);
    return undone;
  };
  return {
    what,
    nodes,
    rules,
    undo: end,
    [Symbol.dispose]: () => onUndoing(end()),
    [Symbol.asyncDispose]: end,
  };
}

/** What was undone otherwise meanwhile is undone, and of a cluster that is down nothing is left. */
function passOver(thrown: unknown): void {
  const { code } = asFaultlineError(thrown);
  if (code !== 'CLUSTER_STOPPING' && !alreadyOverCodes.has(code)) throw thrown;
}
