/** Adds members: all others are notified before they start. If the program cannot be run, adds none. */
import { FaultlineError, nodesMax } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { ClusterPerformer } from './perform.ts';
import { prepareStart, startNode } from './start.ts';

export const add: ClusterPerformer<'add'> = {
  async perform(parts, { names: chosen, count, program }) {
    const { nodes, members, names, newNode, record } = parts;
    const ready = await prepareStart({ wipe: false, program }, parts);
    if (nodes.size + count > nodesMax) {
      throw new FaultlineError(
        'BAD_REQUEST',
        `a cluster has at most ${nodesMax} nodes: this one has ${nodes.size}, and ${count} more were requested`,
        { nodes: nodes.size, count, nodesMax },
      );
    }
    const given = chosen === null ? names.next(count) : names.these(chosen);
    const added = given.map((name) => newNode(name, trueNowMs()));
    for (const { id } of added) record('node.added', id, {});
    await members.changed();
    await Promise.all(added.map((node) => startNode(node, ready, parts)));
    return { nodes: added.map((node) => node.status()) };
  },
};
