/** Whether a cluster has come to rest, and waiting until it has. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeStatus, RouterStats } from '@faultline/protocol';
import type { Cluster } from '../cluster.ts';

/**
 * No delayed message, and no receiver that does not read. Held messages are meant to wait, and do not
 * count. Seen twice in a row it is rest: what is sent on as it arrives was between the two.
 */
export const nothingWaits = ({ waiting, queuedBytes }: RouterStats): boolean =>
  waiting === 0 && Object.values(queuedBytes).every((bytes) => bytes === 0);

/** How nodes are at rest: all ready, none starting, or however they are. */
export type AtRest = 'ready' | 'started' | 'any';

const isAtRest: Readonly<Record<AtRest, (node: NodeStatus) => boolean>> = {
  ready: ({ state }) => state === 'ready',
  started: ({ state }) => state !== 'starting',
  any: () => true,
};

const pollMs = 20;

/**
 * Whether, within this many milliseconds, the nodes are as wanted and nothing waits in the router,
 * twice in a row. Rejects with the signal's reason.
 */
export async function comesToRest(
  cluster: Pick<Cluster, 'nodes' | 'stats'>,
  wanted: AtRest,
  withinMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  for (let quiet = 0; ; ) {
    signal?.throwIfAborted();
    const stats = await cluster.stats().catch(() => null);
    const isQuiet = stats !== null && nothingWaits(stats) && cluster.nodes.every(isAtRest[wanted]);
    quiet = isQuiet ? quiet + 1 : 0;
    if (quiet === 2) return true;
    if (performance.now() >= endMs) return false;
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}
