/**
 * Waits for a state of the cluster or for an event. A role or a state counts if a node has it already;
 * an event counts if it happens after the call, or up to `since` before it.
 */
import { type ClusterEvent, isSeen, type Seen, seenText } from '@faultline/actions';
import {
  type ClusterStatus,
  FaultlineError,
  formatDuration,
  type NodeStatus,
  parseDuration,
} from '@faultline/protocol';

/** `ready`: every node is. */
export type WaitedFor = Seen | 'ready';

export interface WaitOptions {
  /** Maximum duration. Default: 30s. */
  readonly timeout?: string;
  /** Also count events that happened up to this duration before the call. Default: 0s. */
  readonly since?: string;
}

export interface Waited {
  /** The awaited condition, as text. */
  readonly seen: string;
  /** Of one node: which it was. */
  readonly node: string | null;
  /** Null: the condition held already, or concerns all nodes. */
  readonly event: ClusterEvent | null;
  readonly nodes: readonly NodeStatus[];
}

interface Watched {
  status(): Promise<ClusterStatus>;
  events(options: { readonly signal: AbortSignal }): AsyncIterable<ClusterEvent>;
}

/** Throws WAIT_TIMED_OUT, CLUSTER_UNREACHABLE, and BAD_DURATION for an invalid time. */
export async function waitFor(
  cluster: Watched,
  wanted: WaitedFor,
  { timeout = '30s', since = '0s' }: WaitOptions = {},
): Promise<Waited> {
  const timeoutMs = parseDuration(timeout);
  const sinceMs = parseDuration(since);
  const signal = AbortSignal.timeout(timeoutMs);
  const text = waitedText(wanted);
  let { nodes, uptimeMs } = await cluster.status();
  const held = heldBy(wanted, nodes);
  if (held !== undefined) return { seen: text, node: held, event: null, nodes };
  const fromMs = uptimeMs - sinceMs;
  let left = wanted === 'ready' ? 1 : (wanted.count ?? 1);
  for await (const event of cluster.events({ signal })) {
    if (event.atMs < fromMs) continue;
    if (wanted === 'ready') {
      if (event.node === null) continue;
      ({ nodes } = await cluster.status());
      if (heldBy(wanted, nodes) === null) return { seen: text, node: null, event: null, nodes };
    } else if (isSeen(wanted, event) && --left === 0) {
      ({ nodes } = await cluster.status());
      return { seen: text, node: event.node, event, nodes };
    }
  }
  if (!signal.aborted) {
    throw new FaultlineError(
      'CLUSTER_UNREACHABLE',
      `the cluster went down while waiting until ${text}`,
      { what: text },
    );
  }
  ({ nodes } = await cluster.status());
  const within = formatDuration(timeoutMs);
  throw new FaultlineError(
    'WAIT_TIMED_OUT',
    `timed out after ${within} waiting until ${text}; now ${nodesText(nodes)}`,
    { what: text, within },
  );
}

const waitedText = (wanted: WaitedFor): string =>
  wanted === 'ready' ? 'every node is ready' : seenText(wanted);

/** The node that fulfills the condition now, or null for all nodes; undefined: no node does, or the condition is an event. */
function heldBy(wanted: WaitedFor, nodes: readonly NodeStatus[]): string | null | undefined {
  if (wanted === 'ready') {
    return nodes.length > 0 && nodes.every(({ state }) => state === 'ready') ? null : undefined;
  }
  const { node, role, state, count = 1 } = wanted;
  if (count > 1) return undefined;
  return nodes.find(
    (each) =>
      (node === undefined || each.id === node) &&
      ((role !== undefined && each.role === role) || (state !== undefined && isIn(state, each))),
  )?.id;
}

const isIn = (wanted: string, { state }: NodeStatus): boolean =>
  wanted === 'down' ? state === 'crashed' || state === 'stopped' : state === wanted;

const namedMax = 10;

function nodesText(nodes: readonly NodeStatus[]): string {
  const shown = nodes
    .slice(0, namedMax)
    .map(({ id, state, role }) => `${id} is ${state}${role === null ? '' : ` (${role})`}`);
  const more = nodes.length - namedMax;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
