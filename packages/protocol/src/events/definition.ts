/**
 * What is declared of a kind of event. Tables of kinds can be spread into one another: the catalog is
 * made of several, and a verb makes its kinds with `eventKind` too.
 */
import { Object as object, type Static, type TObject, type TProperties } from 'typebox';

/**
 * What the field `node` names: a node; a member, which is a node or a client; nothing, because the event
 * is about the cluster; or a node if the event is about one.
 */
export type About = 'node' | 'member' | 'cluster' | 'node or cluster';

export interface EventDefinition<A extends About = About, F extends TObject = TObject> {
  readonly about: A;
  /** When it is recorded, in one sentence. */
  readonly meaning: string;
  readonly facts: F;
  /** One line for people, behind the name of the node. */
  readonly says: (facts: Static<F>) => string;
  /** Hidden when a user follows a cluster, because other events say more. */
  readonly isQuiet: (facts: Static<F>) => boolean;
}

export interface EventTable {
  // The facts of each kind are another type, and `says` takes no others.
  // biome-ignore lint/suspicious/noExplicitAny: a common type of all definitions
  readonly [kind: string]: EventDefinition<About, any>;
}

interface Declared<A extends About, P extends TProperties> {
  readonly about: A;
  readonly meaning: string;
  readonly facts?: P;
  readonly says: (facts: Static<TObject<P>>) => string;
  /** Default: never. */
  readonly isQuiet?: boolean | ((facts: Static<TObject<P>>) => boolean);
}

// biome-ignore lint/complexity/noBannedTypes: an event without facts
export function eventKind<const A extends About, P extends TProperties = {}>({
  about,
  meaning,
  facts,
  says,
  isQuiet = false,
}: Declared<A, P>): EventDefinition<A, TObject<P>> {
  const isQuietWith = typeof isQuiet === 'boolean' ? () => isQuiet : isQuiet;
  return { about, meaning, facts: object(facts ?? ({} as P)), says, isQuiet: isQuietWith };
}

/** The facts of each kind of a table. */
export type FactsIn<T extends EventTable> = { readonly [K in keyof T]: Static<T[K]['facts']> };

type NodeOf<A extends About> = A extends 'node' | 'member'
  ? string
  : A extends 'cluster'
    ? null
    : string | null;

interface Envelope {
  /** Counts the events of a run, from 1. */
  readonly seq: number;
  /** True time since the cluster began. */
  readonly atMs: number;
  /** True time, ISO 8601. */
  readonly time: string;
}

/** An event of a table, by its kind: comparing `kind` narrows `facts` and `node`. */
export type EventIn<T extends EventTable, K extends keyof T = keyof T> = {
  [P in K]: Envelope & {
    readonly kind: P;
    readonly node: NodeOf<T[P]['about']>;
    readonly facts: FactsIn<T>[P] & {
      /** How long the event would have been: facts that were too long to record are not here. */
      readonly leftOutBytes?: number;
    };
  };
}[K];

/** What is reported of something that happened, before it has its place in a recording. */
export type ReportIn<T extends EventTable, K extends keyof T = keyof T> = {
  [P in K]: {
    readonly kind: P;
    readonly node: string | null;
    readonly facts: FactsIn<T>[P];
  };
}[K];

/** Kinds of a table whose events name a node. */
export type NodeKindsIn<T extends EventTable> = {
  [K in keyof T]: T[K]['about'] extends 'node' | 'node or cluster' ? K : never;
}[keyof T];
