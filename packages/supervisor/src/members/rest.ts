/** Whether a cluster has come to rest, and waiting until it has. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeStatus, RouterStats } from '@faultline/protocol';
import type { Cluster } from '../cluster.ts';

/**
 * No delayed message, and no receiver with queued bytes. Held messages do not count. The cluster is at
 * rest if this is true twice in a row: a message that is forwarded on arrival falls between the two.
 */
export const nothingWaits = ({ waiting, queuedBytes }: RouterStats): boolean =>
  waiting === 0 && Object.values(queuedBytes).every((bytes) => bytes === 0);

/** The node states required for rest: all ready, none starting, or any. */
export type AtRest = 'ready' | 'started' | 'any';

const isAtRest: Readonly<Record<AtRest, (node: NodeStatus) => boolean>> = {
  ready: ({ state }) => state === 'ready',
  started: ({ state }) => state !== 'starting',
  any: () => true,
};

const pollMs = 20;

/**
 * Resolves to whether, within `withinMs`, the nodes are in the required states and no messages wait in
 * the router, twice in a row. Rejects with the signal's reason.
 */
export async function comesToRest(
  cluster: Pick<Cluster, 'nodes' | 'stats'>,
  required: AtRest,
  withinMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  for (let quiet = 0; ; ) {
    signal?.throwIfAborted();
    const stats = await cluster.stats().catch(() => null);
    const isQuiet =
      stats !== null && nothingWaits(stats) && cluster.nodes.every(isAtRest[required]);
    quiet = isQuiet ? quiet + 1 : 0;
    if (quiet === 2) return true;
    if (performance.now() >= endMs) return false;
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}
