/**
 * The decision about one message while the rules of its edge act on it: its copies, and the draws.
 *
 * Each copy draws from its own *substream*, a part of the counter. The original's substream is 0; that of a
 * copy is derived from the rule that made it and the substream of the copy that it was made from. So the
 * draws of a copy do not depend on how many copies other rules made.
 */
import type { Alteration } from './alteration.ts';
import { delayMsMax } from './distributions.ts';
import type { Notes } from './explanation.ts';
import type { Draws, PendingCopy } from './kind.ts';
import type { Message } from './message.ts';
import { block, type Key, uniform } from './randomness.ts';
import type { Tally } from './report.ts';
import type { Copy, Outcome } from './verdict.ts';

/** Limit of copies, however many rules duplicate a message. */
export const copiesMax = 256;

/** A substream is 28 bits of the counter's second word; the rest numbers its draws. */
const substreamMask = 0xffff_fff0 | 0;
const drawsMax = 15;
/** The draw of a substream from which other substreams are derived. */
const substreamDraw = 15;

/** One rule's draws on one edge, moved from message to message and from substream to substream. */
export class EdgeDraws implements Draws {
  /** Records the draws, if an explanation is requested. */
  notes: Notes | undefined;
  readonly #key: Key;
  #ordinal = 0;
  #counter = 0;
  #end = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  moveTo(ordinal: number, substream: number): void {
    this.#ordinal = ordinal;
    this.#counter = substream;
    this.#end = substream + drawsMax;
  }

  next(): number {
    if (this.#counter === this.#end) throw new Error(`a rule may draw at most ${drawsMax} times`);
    const value = uniform(this.#key, this.#ordinal, this.#counter++);
    this.notes?.drawn(value);
    return value;
  }

  chance(probability: number): boolean {
    return this.isBelow(this.next(), probability);
  }

  isBelow(value: number, threshold: number): boolean {
    this.notes?.compared(value, threshold);
    return value < threshold;
  }

  /** The substream of the `number`-th copy that the rule makes from the copy with this substream. */
  substreamOfCopy(substream: number, number: number): number {
    const [word] = block(this.#key, this.#ordinal, substream | substreamDraw);
    return (word + Math.imul(number, 0x9e37_79b0)) & substreamMask;
  }
}

const noMessage: Message = { type: '', isReply: false, bodyBytes: 0 };

/** Reused from message to message, because rules touch few of the messages on their edges. */
export class Decision {
  /** The original first. */
  readonly drafts: Draft[] = [new Draft(this, 0)];
  message: Message = noMessage;
  nowMs = 0;
  /** Whether any rule did anything. */
  isTouched = false;
  /** The rule that is acting, its draws, and its counts and notes. */
  rule = '';
  draws: EdgeDraws | undefined;
  tally: Tally | undefined;
  notes: Notes | undefined;

  /** Starts with the next message. */
  begin(message: Message, nowMs: number): void {
    this.message = message;
    this.nowMs = nowMs;
    this.isTouched = false;
    this.drafts[0]!.reset();
    if (this.drafts.length > 1) this.drafts.length = 1;
  }

  copies(): Copy[] {
    const copies: Copy[] = [];
    for (const draft of this.drafts) copies.push(draft.copy());
    return copies;
  }
}

const none: readonly string[] = [];

export class Draft implements PendingCopy {
  readonly substream: number;
  outcome: Outcome = 'deliver';
  keepOrder = false;
  rules: readonly string[] = none;
  reason: string | undefined;
  isReset = false;
  alterations: readonly Alteration[] | undefined;
  readonly #decision: Decision;
  /** When it is sent, after the message's arrival; `sendAtOnce` does not undo this part. */
  #sentAfterMs = 0;
  #delayedByMs = 0;

  constructor(decision: Decision, substream: number) {
    this.#decision = decision;
    this.substream = substream;
  }

  reset(): void {
    this.outcome = 'deliver';
    this.keepOrder = false;
    this.rules = none;
    this.reason = undefined;
    this.isReset = false;
    this.alterations = undefined;
    this.#sentAfterMs = 0;
    this.#delayedByMs = 0;
  }

  /** The outcome; most copies are neither refused nor altered. */
  copy(): Copy {
    const { outcome, delayMs, keepOrder, rules, reason, alterations } = this;
    const copy: { -readonly [K in keyof Copy]: Copy[K] } = { outcome, delayMs, keepOrder, rules };
    if (reason !== undefined) copy.reason = reason;
    if (this.isReset) copy.isReset = true;
    if (alterations !== undefined) copy.alterations = alterations;
    return copy;
  }

  get isOriginal(): boolean {
    return this.substream === 0;
  }

  get message(): Message {
    return this.#decision.message;
  }

  get nowMs(): number {
    return this.#decision.nowMs;
  }

  get delayMs(): number {
    return Math.min(this.#sentAfterMs + this.#delayedByMs, delayMsMax);
  }

  lose(): void {
    this.#touch().lost++;
    this.outcome = 'lost';
    this.#decision.notes?.did('lost');
  }

  cut(): void {
    this.#touch().cut++;
    this.outcome = 'cut';
    this.#decision.notes?.did('cut');
  }

  refuse(reason: string): void {
    this.#touch().refused++;
    this.outcome = 'refused';
    this.reason = reason;
    this.#decision.notes?.did('refused');
  }

  breakConnection(): void {
    this.#touch().refused++;
    this.outcome = 'refused';
    this.isReset = true;
    this.#decision.notes?.did('refused');
  }

  overflow(): void {
    this.#touch().overflowed++;
    this.outcome = 'overflow';
    this.#decision.notes?.did('overflowed');
  }

  hold(): void {
    this.#touch().held++;
    this.outcome = 'held';
    this.#decision.notes?.did('held');
  }

  delay(ms: number, keepOrder: boolean): void {
    this.#touch().delayed++;
    this.#delayedByMs += ms;
    if (keepOrder) this.keepOrder = true;
    this.#decision.notes?.did('delayed', { ms });
  }

  queue(ms: number): void {
    this.#touch().delayed++;
    this.#sentAfterMs += ms;
    this.#decision.notes?.did('queued', { ms });
  }

  sendAtOnce(): void {
    if (this.#delayedByMs === 0) return;
    this.#touch().sentAtOnce++;
    this.#delayedByMs = 0;
    this.keepOrder = false;
    this.#decision.notes?.did('sent at once');
  }

  alter(alteration: Alteration): void {
    this.#touch().altered++;
    this.alterations = [...(this.alterations ?? []), alteration];
    this.#decision.notes?.did('altered', { alteration });
  }

  duplicate(copies: number, spacingMs: number): void {
    const { drafts, draws, rule } = this.#decision;
    const before = drafts.length;
    for (let number = 1; number <= copies && drafts.length < copiesMax; number++) {
      const draft = new Draft(this.#decision, draws!.substreamOfCopy(this.substream, number));
      draft.keepOrder = this.keepOrder;
      draft.rules = [...this.rules, rule];
      draft.alterations = this.alterations;
      draft.#sentAfterMs = this.#sentAfterMs + number * spacingMs;
      draft.#delayedByMs = this.#delayedByMs;
      drafts.push(draft);
    }
    this.#decision.isTouched = true;
    this.#decision.tally!.duplicated += drafts.length - before;
    this.#decision.notes?.did('duplicated', { copies: drafts.length - before, ms: spacingMs });
  }

  #touch(): Tally {
    const { rule, tally } = this.#decision;
    this.#decision.isTouched = true;
    this.rules = this.rules.length === 0 ? [rule] : [...this.rules, rule];
    return tally!;
  }
}
