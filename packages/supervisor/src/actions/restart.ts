/** Kills the nodes that are running, and then starts all of them. */
import type { AskedOf } from '@faultline/actions';
import type { PreparedPerformer } from './perform.ts';
import { prepareStart, type ReadyToStart, requireStartable, startNode } from './start.ts';

export const restart: PreparedPerformer<AskedOf<'restart'>, ReadyToStart> = {
  prepare: prepareStart,
  check: requireStartable,
  async perform(node, asked, parts) {
    if (node.isRunning) await node.kill();
    await startNode(node, asked, parts);
  },
};
