/** Makes a cluster well again, or as it was at first: what tests and plans do between and after loads. */
import { isNodeVerb, nodeVerbs } from '@faultline/actions';
import { FaultlineError } from '@faultline/protocol';
import type { Cluster } from '@faultline/supervisor';

/** Rules are gone, everything runs, and every clock and disk is as at first. `clocks`: their weather then. */
export async function makeWell(cluster: Cluster, clocks: string): Promise<void> {
  const { inFlight } = await cluster.heal();
  // Nothing comes to rest while a message is on its way, and its delay may be longer than any wait.
  if (inFlight.delayed > 0) await cluster.release({});
  for (const { id, state } of cluster.nodes) if (state === 'paused') await cluster.resume(id);
  await mend(cluster, clocks);
  const down = cluster.nodes.filter(nodeVerbs.start.accepts).map(({ id }) => id);
  if (down.length > 0) await cluster.start(down.join());
}

/**
 * Added nodes are gone, rules, disks and clocks are as at first, and `first` are started anew with empty
 * disks. `settled` resolves when nothing is on its way. Throws BAD_REQUEST, and does nothing, where one of
 * `first` has been removed.
 */
export async function startAnew(
  cluster: Cluster,
  first: readonly string[],
  clocks: string,
  settled: () => Promise<void>,
): Promise<void> {
  const gone = first.filter((id) => !cluster.nodes.some((node) => node.id === id));
  if (gone.length > 0) {
    const were = gone.length === 1 ? 'was' : 'were';
    throw new FaultlineError(
      'BAD_REQUEST',
      `${gone.join(', ')} ${were} removed, and a node does not come back: start a new cluster`,
      { nodes: gone },
    );
  }
  const added = cluster.nodes.filter(({ id }) => !first.includes(id)).map(({ id }) => id);
  if (added.length > 0) await cluster.remove(added.join());
  const running = cluster.nodes.filter(({ pid }) => pid !== null).map(({ id }) => id);
  if (running.length > 0) await cluster.kill(running.join());
  await cluster.heal({ drop: true });
  await settled();
  await mend(cluster, clocks);
  await cluster.start(first.join(), { wipe: true });
}

async function mend(cluster: Cluster, clocks: string): Promise<void> {
  for (const { id, faults } of cluster.nodes) {
    for (const { kind } of faults) await endFault(cluster, id, kind);
  }
  for (const { id, clock } of cluster.nodes) {
    if (clock.isPerfect && clock.weather === null && clock.sync === null) continue;
    await cluster.clock(id, { reset: true });
    if (clocks !== 'perfect') await cluster.clock(id, { weather: clocks });
  }
}

async function endFault(cluster: Cluster, id: string, kind: string): Promise<void> {
  try {
    if (!isNodeVerb(kind)) return;
    const { cure } = nodeVerbs[kind];
    if (cure !== undefined) await cluster.perform(kind, id, cure);
  } catch (error) {
    if (!(error instanceof FaultlineError && isOverAnyway.has(error.code))) throw error;
  }
}

/** What was ended by something else meanwhile. */
export const isOverAnyway: ReadonlySet<string> = new Set([
  'NODE_NOT_RUNNING',
  'NODE_ALREADY_RUNNING',
  'NODE_UNKNOWN',
  'NOT_FOUND',
]);
