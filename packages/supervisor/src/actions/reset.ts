/** Ends all faults of the cluster, and starts its first nodes again with empty disks. */
import { FaultlineError, formatDuration } from '@faultline/protocol';
import { comesToRest } from '../members/rest.ts';
import { endFaults } from './heal-nodes.ts';
import type { ClusterPerformer } from './perform.ts';

/** By then, nodes are down and rules are removed: only answers to clients are still in flight. */
const restMsMax = 10_000;

export const reset: ClusterPerformer<'reset'> = {
  async perform(parts) {
    const { nodes, first, onNodes, rules, stats } = parts;
    const gone = first.filter((id) => !nodes.has(id));
    if (gone.length > 0) {
      const were = gone.length === 1 ? 'was' : 'were';
      throw new FaultlineError(
        'BAD_REQUEST',
        `${gone.join(', ')} ${were} removed, and a removed node cannot come back: start a new cluster`,
        { nodes: gone },
      );
    }
    const added = [...nodes.keys()].filter((id) => !first.includes(id));
    if (added.length > 0) await onNodes.remove(added.join());
    const running = [...nodes.values()].filter(({ pid }) => pid !== null).map(({ id }) => id);
    if (running.length > 0) await onNodes.kill(running.join());
    await rules.change((list) => list.clear(), { drop: true });
    const statuses = {
      get nodes() {
        return [...nodes.values()].map((node) => node.status());
      },
      stats,
    };
    if (!(await comesToRest(statuses, 'any', restMsMax))) throw notAtRest();
    await endFaults(parts);
    return { nodes: await onNodes.start(first.join(), { wipe: true }) };
  },
};

function notAtRest(): FaultlineError {
  const within = formatDuration(restMsMax);
  return new FaultlineError(
    'WAIT_TIMED_OUT',
    `timed out after ${within} waiting for messages in flight to clients`,
    { within },
  );
}
