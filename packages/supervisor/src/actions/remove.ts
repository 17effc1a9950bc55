/**
 * Nodes hand over while they are members, and are stopped when the others know that they are gone. What
 * the cluster keeps for a node goes with it.
 */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const remove: NodePerformer<AskedOf<'remove'>> = {
  async performAll(named, _, { members, nodes, selection, clocks, record }) {
    // One that is on its way out already is removed once.
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
