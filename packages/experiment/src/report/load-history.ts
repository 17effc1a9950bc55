/**
 * The history of a load: its operations, and beside them what happened to the cluster while clients
 * asked. Tests and plans get it here, so that both say the same about the same faults.
 *
 * A fault of a node has touched the messages to and from the node while it lasted. Without a recording
 * of messages nobody knows, and it counts as having touched its process.
 */

import type { ClusterEvent } from '@faultline/actions';
import type { FaultInterval, History } from '@faultline/history';
import type { TraceEvent } from '@faultline/protocol';
import { type Counts, countMessages } from './counts.ts';
import { faultIntervals } from './intervals.ts';
import { nodeEventsOf } from './node-events.ts';

/** Milliseconds of the run: when clients began and ceased to ask. */
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
  const told = nodeEventsOf(events);
  return {
    operations,
    loadEndedMs: time.toMs,
    ...(faults.length === 0 ? {} : { faults }),
    ...(told.length === 0 ? {} : { events: told }),
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

/** The faults that lasted into the time of the load, with what each touched then. */
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
      // A process that ends has lost what it knew, also where it is back before the next message.
      const hasEnded = endsProcess(fault) && counts.members.has(fault.nodes[0]!);
      return { ...fault, hits: Math.max(touched, hasEnded ? 1 : 0) };
    })
    .filter((fault) => fault.fromMs <= toMs && (fault.toMs ?? Number.POSITIVE_INFINITY) >= fromMs);
}

const endsProcess = ({ kind, membership }: FaultInterval): boolean =>
  kind === 'down' || membership === 'removed';
