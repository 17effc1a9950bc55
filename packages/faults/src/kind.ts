/**
 * What a rule kind is. One kind is one file in `rules/` plus one line in `rules/registry.ts`; the engine
 * knows only these interfaces and treats all kinds alike.
 *
 *   kind       loss                      a name, settings as a schema, a place in the order
 *   action     loss of 5%                a kind prepared with settings
 *   behavior   loss of 5% on n1>n2       an action on one edge, with its state
 */
import type { Static, TObject } from 'typebox';
import type { Alteration } from './alteration.ts';
import type { Message } from './message.ts';

export interface RuleKind<Settings extends TObject = TObject> {
  readonly name: string;
  /** One line for the command line's help and the docs. */
  readonly summary: string;
  /** Kinds act in this order, lowest first; within a stage, rules act in the order of installation. */
  readonly stage: number;
  /** Also the API's schema, the command line's flags and the docs: describe each property. */
  readonly settings: Settings;
  /** Another kind that this one requires: a rule of it must be on an overlapping link. */
  readonly needs?: string;
  /**
   * Called with settings that match the schema. Throws a FaultlineError with the property's name in
   * `facts.property` if a text in them is invalid, as the readers in `settings.ts` do.
   */
  prepare(settings: Static<Settings>): Action;
}

export interface Action {
  /**
   * The settings with texts parsed and defaults filled in, as plain data. Draws depend on them, so that
   * "5%" and 0.05 are the same rule.
   */
  readonly normal: Readonly<Record<string, unknown>>;
  /** Its effect on one link depends on the traffic of others. */
  readonly isShared?: boolean;
  /** Its effect in words, as in `lose 5% of ${messages}`. */
  words(messages: string): string;
  /** Called once, when the rule is installed; `hasTalked`: whether two endpoints had exchanged messages by then. */
  install?(hasTalked: (a: string, b: string) => boolean): void;
  /** Called once for each edge. */
  start(src: string, dest: string): Behaviour;
}

export interface Behaviour {
  /**
   * Called once for each message that the rule matches, before `act`, even if no copy of it is left. Kinds
   * count messages here, so that losses by another rule do not change their count.
   */
  meet?(draws: Draws, message: Message, nowMs: number): void;
  /** Called once for each copy that is still to be delivered. */
  act(copy: PendingCopy, draws: Draws): void;
  /** Whether it also stops a message that was sent before the rule was added and is due now. */
  cutsInFlight?(message: Message, nowMs: number): boolean;
  /** Called when an endpoint of the edge restarts: its conversations are over. */
  restarted?(): void;
  /** Its sums on this edge, by name. */
  sums?(): Readonly<Record<string, number>>;
}

/** Draws of one rule for one copy of one message. */
export interface Draws {
  /** Uniform in [0, 1). At most 15 draws for each call of `meet` or `act`. */
  next(): number;
  /** True with this probability: whether the next draw is below it. */
  chance(probability: number): boolean;
  /** Compares a value derived from a draw, so that explanations show both. */
  isBelow(value: number, threshold: number): boolean;
}

/** A copy of a message while rules act on it. Every method marks the copy as touched by the rule. */
export interface PendingCopy {
  /** False for a duplicate. */
  readonly isOriginal: boolean;
  readonly message: Message;
  /** True time of the message's arrival at the router. */
  readonly nowMs: number;
  /** Its current delay, from the message's arrival to the delivery. */
  readonly delayMs: number;
  lose(): void;
  cut(): void;
  /** Rejects it, and reports the reason to its sender. */
  refuse(reason: string): void;
  /** Drops it, and fails its request (or the one that it answers) with an indefinite error. */
  breakConnection(): void;
  /** Drops it because a bounded queue is full. */
  overflow(): void;
  /** Holds it until it is released. */
  hold(): void;
  /** Adds to its delay. `keepOrder`: it neither overtakes earlier ones nor is overtaken. */
  delay(ms: number, keepOrder: boolean): void;
  /** Makes it wait for its turn in a queue, which nothing undoes. */
  queue(ms: number): void;
  /** Removes the delays that rules have added so far. Does nothing if there are none. */
  sendAtOnce(): void;
  /** Adds `copies` more, each `spacingMs` after the previous one. */
  duplicate(copies: number, spacingMs: number): void;
  /** Changes what is delivered. */
  alter(alteration: Alteration): void;
}

/** Keeps the type of the settings inside the kind, and gives the registry one type for all. */
export function defineKind<Settings extends TObject>(kind: RuleKind<Settings>): RuleKind {
  return kind as unknown as RuleKind;
}
