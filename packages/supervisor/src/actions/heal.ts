/** Removes all rules at once, or those of one owner; with `all`, also ends the faults of nodes. */
import { healNodes } from './heal-nodes.ts';
import type { ClusterPerformer } from './perform.ts';

export const heal: ClusterPerformer<'heal'> = {
  async perform(parts, { drop, all, owner }) {
    const change = await parts.rules.change((list) => list.clear(owner), { drop });
    if (!all) return { ...change, nodes: [] };
    const healed = await healNodes(parts);
    const nodes = healed.flatMap((id) => parts.nodes.get(id)?.status() ?? []);
    return { ...change, nodes };
  },
};
