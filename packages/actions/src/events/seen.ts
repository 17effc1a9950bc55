/** What a step of a plan, a command or a client waits for, and whether an event matches it. */
import { ordinal } from '@faultline/protocol';
import type { ClusterEvent, EventKind } from './catalog.ts';

/** One of `event`, `role` and `state`, of one node or of any. */
export interface Seen {
  /** The name of a program's custom event, or the kind of an event of the cluster. */
  readonly event?: string;
  readonly role?: string;
  readonly state?: string;
  readonly node?: string;
  /** Which occurrence (default: 1, the first). */
  readonly count?: number;
}

/** The events that report a node's state. */
const stateEvents: Readonly<Record<string, readonly EventKind[]>> = {
  starting: ['node.starting'],
  ready: ['node.ready'],
  paused: ['node.paused'],
  resumed: ['node.resumed'],
  slow: ['node.slow'],
  crashed: ['node.crashed'],
  killed: ['node.killed'],
  stopped: ['node.stopped'],
  down: ['node.crashed', 'node.killed', 'node.stopped'],
};
export const seenStates = Object.keys(stateEvents);

/** Whether this event is a match, apart from the count. */
export function isSeen(seen: Seen, event: ClusterEvent): boolean {
  if (seen.node !== undefined && event.node !== seen.node) return false;
  if (seen.role !== undefined) return event.kind === 'node.role' && event.facts.role === seen.role;
  if (seen.state !== undefined) return stateEvents[seen.state]?.includes(event.kind) ?? false;
  if (event.kind === 'program.event') return event.facts.name === seen.event;
  return event.kind === seen.event;
}

/** `any node becomes leader for the 2nd time` */
export function seenText({ event, role, state, node = 'any node', count }: Seen): string {
  const times = count === undefined ? '' : ` for the ${ordinal(count)} time`;
  if (role !== undefined) return `${node} becomes ${role}${times}`;
  if (state !== undefined) return `${node} is ${state}${times}`;
  return `${node} reports ${event}${times}`;
}
