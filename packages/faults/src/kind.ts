/**
 * What a rule kind is. One kind is one file in `rules/` plus one line in `rules/registry.ts`; the
 * engine knows only these interfaces and never asks which kind it is holding.
 *
 *   kind       loss                      a name, settings as a schema, a place in the order
 *   action     loss of 5%                a kind prepared with settings
 *   behaviour  loss of 5% on n1>n2       an action at work on one edge, with what it remembers
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
  /** Another kind without which this one means nothing; a rule of it must be on an overlapping link. */
  readonly needs?: string;
  /**
   * Called with settings that fit the schema. Throws a FaultlineError with the property's name in
   * `facts.property` where a text in them cannot be read; the readers in `settings.ts` do.
   */
  prepare(settings: Static<Settings>): Action;
}

export interface Action {
  /**
   * The settings with texts read and defaults filled in, as plain data. Draws depend on them, so
   * that "5%" and 0.05 are the same rule.
   */
  readonly normal: Readonly<Record<string, unknown>>;
  /** What it does on one link depends on what went over others. */
  readonly isShared?: boolean;
  /** What it does to the messages it is given, as in `lose 5% of ${messages}`. */
  words(messages: string): string;
  /** Called once, when the rule is installed; `hasTalked` tells who had by then. */
  install?(hasTalked: (a: string, b: string) => boolean): void;
  /** Called once for each edge. */
  start(src: string, dest: string): Behaviour;
}

export interface Behaviour {
  /**
   * Once for each message that the rule matches, before `act`, and also when no copy of it is left.
   * A kind that counts messages counts here, so that another rule's losses do not move its count.
   */
  meet?(draws: Draws, message: Message, nowMs: number): void;
  /** Once for each copy that is still to be delivered. */
  act(copy: CopyInHand, draws: Draws): void;
  /** Whether it also cuts off a message that left before the rule came and is due only now. */
  cutsInFlight?(message: Message, nowMs: number): boolean;
  /** One of the edge's ends was started anew: whatever went on between them is over. */
  restarted?(): void;
  /** What it has summed up on this edge, by name. */
  sums?(): Readonly<Record<string, number>>;
}

/** Draws of one rule for one copy of one message. */
export interface Draws {
  /** Uniform in [0, 1). At most 15 for each call of `meet` or `act`. */
  next(): number;
  /** True with this probability: whether the next draw is below it. */
  chance(probability: number): boolean;
  /** Compares what was made of a draw, so that whoever asks why is told both. */
  isBelow(value: number, threshold: number): boolean;
}

/** A copy of a message while rules still act on it. Every verb notes the rule as having touched it. */
export interface CopyInHand {
  /** False for what a rule duplicated. */
  readonly isOriginal: boolean;
  readonly message: Message;
  /** True time of the message's arrival at the router. */
  readonly nowMs: number;
  /** How long after the message's arrival it would be delivered as things stand. */
  readonly delayMs: number;
  lose(): void;
  cut(): void;
  /** Lets it not cross, and tells its sender why. */
  refuse(reason: string): void;
  /** Lets it not cross, and fails the request that it is or answers: it may have taken effect. */
  breakConnection(): void;
  /** Throws it away because a bounded queue is full. */
  overflow(): void;
  /** Keeps it until somebody releases it. */
  hold(): void;
  /** Adds to its delay. `keepOrder`: it shall not overtake earlier ones, nor be overtaken. */
  delay(ms: number, keepOrder: boolean): void;
  /** Makes it wait for its turn on a line, which nothing takes back. */
  queue(ms: number): void;
  /** Takes back what rules have delayed it by so far. Nothing, and not noted, if that is nothing. */
  sendAtOnce(): void;
  /** Adds `copies` more, each `spacingMs` after the one before. */
  duplicate(copies: number, spacingMs: number): void;
  /** Changes what is delivered. */
  alter(alteration: Alteration): void;
}

/** Keeps the settings' type inside the kind and gives the registry one type for all. */
export function defineKind<Settings extends TObject>(kind: RuleKind<Settings>): RuleKind {
  return kind as unknown as RuleKind;
}
