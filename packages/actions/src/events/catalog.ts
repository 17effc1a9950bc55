/**
 * All kinds of events: those of the cluster itself and those that verbs declare. Types, wording, the API
 * document and events.md are derived from it.
 */
import {
  baseEvents,
  type EventIn,
  type EventTable,
  type FactsIn,
  type NodeKindsIn,
  type ReportIn,
} from '@faultline/protocol';
import { type NodeVerbs, nodeVerbNames } from '../types.ts';
import { registered } from '../verbs/registry.ts';

type Declared = NodeVerbs[keyof NodeVerbs]['events'];
type KindIn<Table> = Table extends EventTable ? keyof Table : never;
type VerbEvents = {
  readonly [K in KindIn<Declared>]: Extract<Declared, { readonly [P in K]: unknown }>[K];
};
type Catalog = typeof baseEvents & VerbEvents;

export const eventCatalog: Catalog = Object.assign(
  { ...baseEvents },
  ...nodeVerbNames.map((name) => registered[name].events),
);

export type EventKind = keyof Catalog;
/** The facts of each kind: `EventFacts['node.ready']`. */
export type EventFacts = FactsIn<Catalog>;
/** An event of a run, or one of some kinds: `event.kind === 'node.ready'` narrows `event.facts`. */
export type ClusterEvent<K extends EventKind = EventKind> = EventIn<Catalog, K>;
export type EventReport<K extends EventKind = EventKind> = ReportIn<Catalog, K>;
/** Kinds whose events name a node. */
export type NodeEventKind = NodeKindsIn<Catalog>;

/** Narrows an event to a kind that is not known before it runs. */
export const isOfKind = <K extends EventKind>(
  event: ClusterEvent,
  kind: K,
): event is ClusterEvent & ClusterEvent<K> => event.kind === kind;

/** Whether such events are about a node's process or program, and not about an action on the node. */
export const isByNode = (kind: EventKind): boolean => /^(?:node|restart|program)\./.test(kind);

export const isEventKind = (kind: string): kind is EventKind => Object.hasOwn(eventCatalog, kind);

/** Puts an event into the recording. `atTrueMs`: when it happened; default: now. */
export type RecordEvent = <K extends EventKind>(
  kind: K,
  node: string | null,
  facts: EventFacts[K],
  atTrueMs?: number,
) => void;

/** The same, for one node. */
export type RecordNodeEvent = <K extends NodeEventKind>(
  kind: K,
  facts: EventFacts[K],
  atTrueMs?: number,
) => void;
