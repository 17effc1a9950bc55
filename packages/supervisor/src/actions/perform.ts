/**
 * How a verb on nodes is performed, once its options have been read and its nodes may have it. The verb
 * itself is declared in `@faultline/actions`.
 */
import type { AskedOf, NodeVerbName } from '@faultline/actions';
import type { NodeProcess } from '../nodes/node-process.ts';

export interface NodePerformer<Asked> {
  /** Refuses what only these nodes or this machine can refuse. Throws before any node is touched. */
  check?(nodes: readonly NodeProcess[], asked: Asked): void;
  /** Done to all nodes at once. */
  perform(node: NodeProcess, asked: Asked): void | Promise<void>;
}

export type NodePerformers = {
  readonly [Verb in NodeVerbName]: NodePerformer<AskedOf<Verb>>;
};
