/**
 * All kinds of events. A kind is declared once, in the table of its topic; types, wording, the API
 * document and EVENTS.md follow from that.
 */
import { clockEvents } from './clock.ts';
import { clusterEvents } from './cluster.ts';
import type { EventIn, EventTable, FactsIn, ReportIn } from './definition.ts';
import { diskEvents } from './disk.ts';
import { experimentEvents } from './experiment.ts';
import { messageEvents } from './message.ts';
import { nodeEvents } from './node.ts';
import { programEvents } from './program.ts';
import { resourceEvents } from './resources.ts';
import { routerEvents } from './router.ts';
import { ruleEvents } from './rule.ts';

export const eventCatalog = {
  ...clusterEvents,
  ...nodeEvents,
  ...programEvents,
  ...resourceEvents,
  ...clockEvents,
  ...diskEvents,
  ...ruleEvents,
  ...messageEvents,
  ...routerEvents,
  ...experimentEvents,
} satisfies EventTable;

type Catalog = typeof eventCatalog;

export type EventKind = keyof Catalog;
/** The facts of each kind: `EventFacts['node.ready']`. */
export type EventFacts = FactsIn<Catalog>;
/** An event of a run, or one of some kinds: `event.kind === 'node.ready'` narrows `event.facts`. */
export type ClusterEvent<K extends EventKind = EventKind> = EventIn<Catalog, K>;
export type EventReport<K extends EventKind = EventKind> = ReportIn<Catalog, K>;

/** Kinds whose events name a node. */
export type NodeEventKind = {
  [K in EventKind]: Catalog[K]['about'] extends 'node' | 'node or cluster' ? K : never;
}[EventKind];

/** Narrows an event to a kind that is not known before it runs. */
export const isOfKind = <K extends EventKind>(
  event: ClusterEvent,
  kind: K,
): event is ClusterEvent & ClusterEvent<K> => event.kind === kind;

/** Whether such events are about a node's process or its program, and not about what was done to it. */
export const isByNode = (kind: EventKind): boolean =>
  Object.hasOwn(nodeEvents, kind) || Object.hasOwn(programEvents, kind);

export const isEventKind = (kind: string): kind is EventKind => Object.hasOwn(eventCatalog, kind);

/** Puts an event into the recording. `atTrueMs`: when it happened; default: now. */
export type RecordEvent = <K extends EventKind>(
  kind: K,
  node: string | null,
  facts: EventFacts[K],
  atTrueMs?: number,
) => void;

/** The same for one node. */
export type RecordNodeEvent = <K extends NodeEventKind>(
  kind: K,
  facts: EventFacts[K],
  atTrueMs?: number,
) => void;
