/**
 * The facts of a recording, as a reader returns them.
 *
 * All times are true time, milliseconds of the machine's monotonic clock: facts of different
 * processes have one order. The readings of a node's own clock are in the stamps.
 *
 * What is *not* here: a send of its own. The stamps of a fate are those of the send, and their
 * `trueMs` is when the program sent it. Clients stamp nothing.
 */
import type { Stamps } from '../wire/envelope.ts';

/**
 * What became of one copy of a message. `waiting` and `held` are the only ones that are not an end:
 * the copy lies in the router, and another record follows unless the router dies first.
 */
export const fates = [
  'delivered',
  'lost',
  'cut',
  'held',
  'waiting',
  'overflow',
  'refused',
  'node down',
  'router down',
  'dropped',
] as const;
export type Fate = (typeof fates)[number];

/** By name, the index in such a list: what is written in its place. */
export const numbered = <T extends string>(list: readonly T[]): Record<T, number> =>
  Object.fromEntries(list.map((each, number) => [each, number])) as Record<T, number>;

/** Written by the router: what became of one copy of a message. */
export interface FateEvent {
  readonly kind: 'fate';
  /** Message id: sender, incarnation, sequence. */
  readonly id: string;
  readonly src: string;
  readonly dest: string;
  readonly type: string;
  readonly isReply: boolean;
  /** `msg_id` of the body: present on a request. */
  readonly msgId?: number;
  /** `in_reply_to` of the body: present on a reply. */
  readonly inReplyTo?: number;
  readonly incarnation: number;
  readonly seq: number;
  /** 0 for the original, 1… for duplicates. */
  readonly copy: number;
  readonly fate: Fate;
  /** Ids of the rules that touched the copy; the last one decided. */
  readonly rules: readonly string[];
  /** Its number on its edge, from 1: what the rules' draws were a function of. */
  readonly ordinal: number;
  readonly bodyBytes: number;
  /** A rule changed the bytes of this copy: what arrived is not what was sent. */
  readonly altered?: true;
  /** The body as this copy carried it, JSON text; only where the run records bodies. */
  readonly body?: string;
  /** `body` is only the beginning. */
  readonly bodyCut?: true;
  /** True time when the router got it, and when this fate came. */
  readonly arrivedMs: number;
  readonly atMs: number;
  readonly stamps?: Stamps;
}

/** Written by the router: a member's connection came or went. */
export interface LinkEvent {
  readonly kind: 'link';
  readonly up: boolean;
  readonly name: string;
  readonly incarnation: number;
  /** On `up`: the last number that the member had used before. */
  readonly seq: number;
  readonly atMs: number;
}

/** A router process begins: edges count their messages from 1 again, and no rule is installed. */
export interface StartEvent {
  readonly kind: 'start';
  readonly atMs: number;
}

export const ruleChanges = ['added', 'removed', 'expired'] as const;
export type RuleChange = (typeof ruleChanges)[number];

/**
 * Written by the router where a change of the rules took effect: the messages whose first record
 * stands before it were decided without it. So a reader can decide again as the router did.
 */
export interface RuleEvent {
  readonly kind: 'rule';
  readonly change: RuleChange;
  readonly id: string;
  /** The rule as it was installed; where it was added, unless it was too large to record. */
  readonly spec?: object;
  readonly atMs: number;
  /** When it was installed in the cluster: earlier than `atMs` where a new router got it again. */
  readonly installedAtMs?: number;
  /** null: never. */
  readonly expiresAtMs?: number | null;
}

/**
 * What a node did with a message: gave it to a handler, took it as the answer to a call that waits,
 * or not (an answer after its time, or the second one).
 */
export const receptions = [
  'handled',
  'settled',
  'late reply',
  'no handler',
  'not JSON',
  'bad signature',
] as const;
export type Reception = (typeof receptions)[number];

/**
 * Written by the receiving node, before its program sees the message. The k-th of an id pairs with
 * the k-th delivered copy of it.
 */
export interface ReceiveEvent {
  readonly kind: 'receive';
  readonly node: string;
  readonly incarnation: number;
  /** Message id. */
  readonly id: string;
  readonly did: Reception;
  readonly atMs: number;
  /** The receiver's clocks once they had taken over what the message knew. */
  readonly stamps: Stamps;
}

/** `nothing`: it returned no reply, or none was requested. */
export const outcomes = ['replied', 'nothing', 'threw'] as const;
export type HandlerOutcome = (typeof outcomes)[number];

/** Written by the receiving node when the handler that got the message came to its end. */
export interface HandledEvent {
  readonly kind: 'handled';
  readonly node: string;
  readonly incarnation: number;
  /** Message id. */
  readonly id: string;
  readonly outcome: HandlerOutcome;
  /** What it threw, in a line. */
  readonly error?: string;
  readonly atMs: number;
}

/** A fact that a program reported with `node.event`, or with `node.role` (then its name is `role`). */
export interface LocalEvent {
  readonly kind: 'local';
  readonly node: string;
  readonly incarnation: number;
  readonly name: string;
  readonly data: object;
  /** The node reported more than a record holds: `data` is empty. */
  readonly dataLeftOut?: true;
  readonly atMs: number;
  readonly stamps: Stamps;
}

export type RouterFact = FateEvent | LinkEvent | StartEvent | RuleEvent;
export type NodeFact = ReceiveEvent | HandledEvent | LocalEvent;
export type TraceEvent = RouterFact | NodeFact;

/** Which of them a run has: none; all without bodies; all, and the beginnings of bodies. */
export const traceLevels = ['off', 'headers', 'full'] as const;
export type TraceLevel = (typeof traceLevels)[number];
