/** Ends the faults of nodes: of their processes, clocks and disks. */
import { isNodeVerb, nodeVerbs } from '@faultline/actions';
import { FaultlineError } from '@faultline/protocol';
import type { ClusterParts } from './perform.ts';

type Parts = Pick<ClusterParts, 'nodes' | 'onNodes' | 'weather'>;

/** Resumes nodes, ends their faults and starts those that do not run. Resolves to the nodes that it changed. */
export async function healNodes(parts: Parts): Promise<readonly string[]> {
  const { nodes, onNodes } = parts;
  const healed = new Set<string>();
  for (const { id, state } of nodes.values()) {
    if (state !== 'paused') continue;
    await passingOver(() => onNodes.resume(id));
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

/** Of processes, clocks and disks. Resolves to the nodes that had some. */
export async function endFaults({ nodes, onNodes, weather }: Parts): Promise<readonly string[]> {
  const changed: string[] = [];
  const there = [...nodes.values()].map((node) => node.status());
  for (const { id, faults, clock } of there) {
    for (const { kind } of faults) {
      const { cure = undefined } = isNodeVerb(kind) ? nodeVerbs[kind] : {};
      if (!isNodeVerb(kind) || cure === undefined) continue;
      await passingOver(() => onNodes.perform(kind, id, cure));
    }
    const isClockRight = clock.isPerfect && clock.weather === null && clock.sync === null;
    if (!isClockRight) {
      await passingOver(() => onNodes.clock(id, { reset: true }));
      if (weather !== 'perfect') await passingOver(() => onNodes.clock(id, { weather }));
    }
    if (!isClockRight || faults.length > 0) changed.push(id);
  }
  return changed;
}

async function passingOver(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
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
