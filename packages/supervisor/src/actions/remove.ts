/**
 * Nodes hand over while they are still members, and stop after the others are notified that they have
 * left. The cluster's state for a node is removed with it.
 */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const remove: NodePerformer<RequestOf<'remove'>> = {
  async performAll(named, _, { members, nodes, selection, clocks, record }) {
    // Ignore a node that another command is already removing.
    const removed = named.filter(({ id }) => !members.leaving.has(id));
    await members.leave(removed);
    for (const { id } of removed) nodes.delete(id);
    await members.changed();
    const running = removed.filter(({ isRunning }) => isRunning);
    await Promise.all(running.map((node) => node.stop()));
    for (const node of removed) {
      node.giveUpRestart();
      selection.follows(node.id);
      clocks.forget(node.id);
      record('node.removed', node.id, {});
      node.cpu.close();
      node.log.close();
    }
  },
};
