/** Ends all faults of nodes: of their processes, clocks and disks. */
import { isNodeVerb, nodeVerbs } from '@faultline/actions';
import { FaultlineError } from '@faultline/protocol';
import type { ClusterParts } from './perform.ts';

type Parts = Pick<ClusterParts, 'nodes' | 'onNodes' | 'weather'>;

/** Resumes nodes, ends their faults and starts those that are down. Resolves to the nodes that changed. */
export async function healNodes(parts: Parts): Promise<readonly string[]> {
  const { nodes, onNodes } = parts;
  const healed = new Set<string>();
  for (const { id, state } of nodes.values()) {
    if (state !== 'paused') continue;
    await ignoringAlreadyOver(() => onNodes.resume(id));
    healed.add(id);
  }
  for (const id of await endFaults(parts)) healed.add(id);
  const down = [...nodes.values()]
    .filter((node) => nodeVerbs.start.accepts(node.status()))
    .map(({ id }) => id);
  if (down.length > 0) await onNodes.start(down.join());
  for (const id of down) healed.add(id);
  return [...nodes.keys()].filter((id) => healed.has(id));
}

/** Ends faults of processes, clocks and disks. Resolves to the nodes that had any. */
export async function endFaults({ nodes, onNodes, weather }: Parts): Promise<readonly string[]> {
  const changed: string[] = [];
  const statuses = [...nodes.values()].map((node) => node.status());
  for (const { id, faults, clock } of statuses) {
    for (const { kind } of faults) {
      const { cure = undefined } = isNodeVerb(kind) ? nodeVerbs[kind] : {};
      if (!isNodeVerb(kind) || cure === undefined) continue;
      await ignoringAlreadyOver(() => onNodes.perform(kind, id, cure));
    }
    const isClockRight = clock.isPerfect && clock.weather === null && clock.sync === null;
    if (!isClockRight) {
      await ignoringAlreadyOver(() => onNodes.clock(id, { reset: true }));
      if (weather !== 'perfect') await ignoringAlreadyOver(() => onNodes.clock(id, { weather }));
    }
    if (!isClockRight || faults.length > 0) changed.push(id);
  }
  return changed;
}

async function ignoringAlreadyOver(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof FaultlineError && alreadyOverCodes.has(error.code))) throw error;
  }
}

/** Errors that mean that the fault or the node is already gone. */
export const alreadyOverCodes: ReadonlySet<string> = new Set([
  'NODE_NOT_RUNNING',
  'NODE_ALREADY_RUNNING',
  'NODE_UNKNOWN',
  'NOT_FOUND',
]);
