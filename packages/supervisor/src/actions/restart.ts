/** Kills the nodes that are running, and then starts all of them. */
import type { RequestOf } from '@faultline/actions';
import type { PreparedPerformer } from './perform.ts';
import { prepareStart, type ReadyToStart, requireStartable, startNode } from './start.ts';

export const restart: PreparedPerformer<RequestOf<'restart'>, ReadyToStart> = {
  prepare: prepareStart,
  check: requireStartable,
  async perform(node, request, parts) {
    if (node.isRunning) await node.kill();
    await startNode(node, request, parts);
  },
};
