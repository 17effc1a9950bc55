/**
 * A history: the requests of clients and their answers, in true time, and the faults beside them.
 *
 *   ok     it took effect, once, at some moment between its invocation and its end
 *   fail   it took no effect, and never will
 *   info   unknown: it may take effect at any moment after its invocation, or never
 *
 * A checker takes a history and answers with a `CheckResult`. It never throws for a bad history and
 * never takes a guess for an answer: what it could not decide is `unknown`.
 */
import type { Json } from '@faultline/protocol';

export interface Operation<In = Json, Out = Json> {
  /** Order of invocation in the history, from 0. */
  readonly index: number;
  /** The client, such as `c1`. It has one operation at a time, besides any number of unknown ones. */
  readonly process: string;
  /** The kind of operation: `read`, `write`, `cas`, `txn`, … */
  readonly f: string;
  /** The key, if the history is partitioned by key. */
  readonly key?: string | number;
  readonly input: In;
  /** The result; only if the type is `ok`. */
  readonly output?: Out;
  readonly type: 'ok' | 'fail' | 'info';
  /** True time. */
  readonly invokedMs: number;
  /** True time; null for an operation that never ended, which is then `info`. */
  readonly endedMs: number | null;
  /** The node that the request went to. */
  readonly node?: string;
  /** Id of the request in a recording, such as `c1.1.3`: `cluster why` explains it. */
  readonly message?: string;
  /** The readings of the clocks, if the reply had them. */
  readonly stamps?: OperationStamps;
  /** Why it failed or stayed unknown. Codes are Maelstrom's. */
  readonly error?: { readonly code: number; readonly text: string };
}

export interface OperationStamps {
  readonly lamport?: number;
  readonly hybrid?: { readonly l: number; readonly c: number };
  readonly vector?: Readonly<Record<string, number>>;
}

/**
 * What is wrong while a fault lasts: a rule is in force; a process is paused, down, hanging, or short of
 * CPU, memory or descriptors; a clock or a disk is wrong; or the membership changes. Actions may name
 * kinds of their own.
 */
export type FaultKind =
  | 'rule'
  | 'pause'
  | 'down'
  | 'hang'
  | 'cpu'
  | 'memory'
  | 'descriptors'
  | 'clock'
  | 'disk'
  | 'membership'
  | (string & Record<never, never>);

/** A fault, from when to when it was there. */
export interface FaultInterval {
  readonly kind?: FaultKind;
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
  /** In words, such as `partition n1,n2 | n3,n4,n5`. */
  readonly what: string;
  readonly nodes?: readonly string[];
  /** The number of messages or processes that it touched, if that was counted. */
  readonly hits?: number;
  /** The nodes came or went: that stays so when it is over. */
  readonly membership?: 'added' | 'removed';
}

/** A local event of a node, as a program reports it with `node.event` or `node.role`. */
export interface NodeEvent {
  readonly node: string;
  /** Counts the starts of the node's process. */
  readonly incarnation?: number;
  readonly name: string;
  readonly data: Readonly<Record<string, Json>>;
  readonly atMs: number;
}

export interface History {
  readonly operations: readonly Operation[];
  readonly faults?: readonly FaultInterval[];
  /** For promises that clients alone cannot see. */
  readonly events?: readonly NodeEvent[];
  /** Number of messages between nodes during the load; omitted if messages were not recorded. */
  readonly messages?: number;
  /** When the load ended: operations after it are final reads. Omitted: there are none. */
  readonly loadEndedMs?: number;
}

/** `vacuous`: nothing was found wrong, and nothing that could have gone wrong was tried. */
export type Verdict = 'ok' | 'violated' | 'unknown' | 'vacuous';

export interface CheckResult<Witness = unknown> {
  readonly verdict: Verdict;
  /** One line. */
  readonly summary: string;
  /** Sentences. */
  readonly explanation: readonly string[];
  /** Of `violated`: the part of the history that shows it. */
  readonly witness?: Witness;
  readonly stats: Readonly<Record<string, number>>;
}
