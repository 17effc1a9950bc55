/**
 * The history of a load: its operations, and the faults of the cluster meanwhile. Both tests and plans use
 * it, so that they report the same for the same faults.
 *
 * A fault of a node has touched the messages to and from the node while it lasted. Without recorded
 * messages this is unknown, and it counts as having touched its process.
 */

import type { ClusterEvent } from '@faultline/actions';
import type { FaultInterval, History } from '@faultline/history';
import type { TraceEvent } from '@faultline/protocol';
import { type Counts, countMessages } from './counts.ts';
import { faultIntervals } from './intervals.ts';
import { nodeEventsOf } from './node-events.ts';

/** Milliseconds of the run: the first and the last request of clients. */
export interface LoadTime {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface LoadParts extends LoadTime {
  readonly operations: History['operations'];
  /** All events of the run. */
  readonly events: readonly ClusterEvent[];
  /** What the router recorded; null if messages were not recorded. */
  readonly facts: AsyncIterable<readonly TraceEvent[]> | null;
  /** True time when the run began. */
  readonly epochMs: number;
}

/** Reads the router's record to its end. */
export async function loadHistory(parts: LoadParts): Promise<History> {
  const { operations, events, facts, epochMs, ...time } = parts;
  const counts = facts === null ? null : await countsOf(events, facts, time, epochMs);
  const faults = faultsOf(events, counts, time);
  const nodeEvents = nodeEventsOf(events);
  return {
    operations,
    loadEndedMs: time.toMs,
    ...(faults.length === 0 ? {} : { faults }),
    ...(nodeEvents.length === 0 ? {} : { events: nodeEvents }),
    ...(counts === null ? {} : { messages: counts.betweenNodes }),
  };
}

function countsOf(
  events: readonly ClusterEvent[],
  facts: AsyncIterable<readonly TraceEvent[]>,
  { fromMs, toMs }: LoadTime,
  epochMs: number,
): Promise<Counts> {
  const ofNodes = faultIntervals(events).filter((fault) => fault.nodes !== undefined);
  return countMessages(facts, {
    fromMs: fromMs + epochMs,
    toMs: toMs + epochMs,
    nodes: ofNodes.map(({ nodes, membership, ...fault }) => ({
      node: nodes![0]!,
      fromMs: Math.max(fault.fromMs, fromMs) + epochMs,
      // A change of members lasts.
      toMs: (membership !== undefined ? toMs : Math.min(fault.toMs ?? toMs, toMs)) + epochMs,
    })),
  });
}

/** The faults that were in force during the load, with what each touched then. */
export function faultsOf(
  events: readonly ClusterEvent[],
  counts: Counts | null,
  { fromMs, toMs }: LoadTime,
): FaultInterval[] {
  let node = 0;
  return faultIntervals(events, counts?.byRule ?? null)
    .map((fault) => {
      if (fault.nodes === undefined || counts === null) return fault;
      const touched = counts.byNode[node++]!;
      // A process that ends has lost its state, even if it is back before the next message.
      const hasEnded = endsProcess(fault) && counts.members.has(fault.nodes[0]!);
      return { ...fault, hits: Math.max(touched, hasEnded ? 1 : 0) };
    })
    .filter((fault) => fault.fromMs <= toMs && (fault.toMs ?? Number.POSITIVE_INFINITY) >= fromMs);
}

const endsProcess = ({ kind, membership }: FaultInterval): boolean =>
  kind === 'down' || membership === 'removed';
