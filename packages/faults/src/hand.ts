/**
 * One message while the rules of its edge act on it: the copies there are of it, and the draws.
 *
 * Each copy draws in a *lane* of its own, a part of the counter. The original's lane is 0; a copy's
 * lane comes from the rule that made it and from the lane of the copy it was made of. So which draws
 * a copy gets does not depend on how many copies other rules made.
 */
import type { Alteration } from './alteration.ts';
import { delayMsMax } from './distributions.ts';
import type { CopyInHand, Draws } from './kind.ts';
import type { Notes } from './look.ts';
import type { Message } from './message.ts';
import { block, type Key, uniform } from './randomness.ts';
import type { Tally } from './report.ts';
import type { Copy, Outcome } from './verdict.ts';

/** However many rules duplicate: a fault must not become a flood. */
export const copiesMax = 256;

/** A lane is 28 bits of the counter's second word; the rest says which draw of the lane. */
const laneMask = 0xffff_fff0 | 0;
const drawsMax = 15;
/** The draw of a lane that other lanes are derived from. */
const laneDraw = 15;

/** One rule's draws on one edge, moved from message to message and from lane to lane. */
export class EdgeDraws implements Draws {
  /** Who notes them, while somebody asks why. */
  notes: Notes | undefined;
  readonly #key: Key;
  #ordinal = 0;
  #counter = 0;
  #end = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  moveTo(ordinal: number, lane: number): void {
    this.#ordinal = ordinal;
    this.#counter = lane;
    this.#end = lane + drawsMax;
  }

  next(): number {
    if (this.#counter === this.#end) throw new Error(`a rule may draw ${drawsMax} times, not more`);
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

  /** The lane of the `number`-th copy that the rule makes of the copy in this lane. */
  laneOfCopy(lane: number, number: number): number {
    const [word] = block(this.#key, this.#ordinal, lane | laneDraw);
    return (word + Math.imul(number, 0x9e37_79b0)) & laneMask;
  }
}

const noMessage: Message = { type: '', isReply: false, bodyBytes: 0 };

/** Reused from message to message: most messages on an edge with rules are not touched by them. */
export class Hand {
  /** The original first. */
  readonly drafts: Draft[] = [new Draft(this, 0)];
  message: Message = noMessage;
  nowMs = 0;
  /** Whether any rule did anything. */
  isTouched = false;
  /** The rule that acts right now, its draws, and what is counted and noted of it. */
  rule = '';
  draws: EdgeDraws | undefined;
  tally: Tally | undefined;
  notes: Notes | undefined;

  /** Takes up the next message. */
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

export class Draft implements CopyInHand {
  readonly lane: number;
  outcome: Outcome = 'deliver';
  keepOrder = false;
  rules: readonly string[] = none;
  reason: string | undefined;
  isReset = false;
  alterations: readonly Alteration[] | undefined;
  readonly #hand: Hand;
  /** When it is sent, after the message's arrival; what `sendAtOnce` cannot take back. */
  #sentAfterMs = 0;
  #delayedByMs = 0;

  constructor(hand: Hand, lane: number) {
    this.#hand = hand;
    this.lane = lane;
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

  /** What has become of it; most copies are neither refused nor altered. */
  copy(): Copy {
    const { outcome, delayMs, keepOrder, rules, reason, alterations } = this;
    const copy: { -readonly [K in keyof Copy]: Copy[K] } = { outcome, delayMs, keepOrder, rules };
    if (reason !== undefined) copy.reason = reason;
    if (this.isReset) copy.isReset = true;
    if (alterations !== undefined) copy.alterations = alterations;
    return copy;
  }

  get isOriginal(): boolean {
    return this.lane === 0;
  }

  get message(): Message {
    return this.#hand.message;
  }

  get nowMs(): number {
    return this.#hand.nowMs;
  }

  get delayMs(): number {
    return Math.min(this.#sentAfterMs + this.#delayedByMs, delayMsMax);
  }

  lose(): void {
    this.#touch().lost++;
    this.outcome = 'lost';
    this.#hand.notes?.did('lost');
  }

  cut(): void {
    this.#touch().cut++;
    this.outcome = 'cut';
    this.#hand.notes?.did('cut');
  }

  refuse(reason: string): void {
    this.#touch().refused++;
    this.outcome = 'refused';
    this.reason = reason;
    this.#hand.notes?.did('refused');
  }

  breakConnection(): void {
    this.#touch().refused++;
    this.outcome = 'refused';
    this.isReset = true;
    this.#hand.notes?.did('refused');
  }

  overflow(): void {
    this.#touch().overflowed++;
    this.outcome = 'overflow';
    this.#hand.notes?.did('overflowed');
  }

  hold(): void {
    this.#touch().held++;
    this.outcome = 'held';
    this.#hand.notes?.did('held');
  }

  delay(ms: number, keepOrder: boolean): void {
    this.#touch().delayed++;
    this.#delayedByMs += ms;
    if (keepOrder) this.keepOrder = true;
    this.#hand.notes?.did('delayed', { ms });
  }

  queue(ms: number): void {
    this.#touch().delayed++;
    this.#sentAfterMs += ms;
    this.#hand.notes?.did('queued', { ms });
  }

  sendAtOnce(): void {
    if (this.#delayedByMs === 0) return;
    this.#touch().sentAtOnce++;
    this.#delayedByMs = 0;
    this.keepOrder = false;
    this.#hand.notes?.did('sent at once');
  }

  alter(alteration: Alteration): void {
    this.#touch().altered++;
    this.alterations = [...(this.alterations ?? []), alteration];
    this.#hand.notes?.did('altered', { alteration });
  }

  duplicate(copies: number, spacingMs: number): void {
    const { drafts, draws, rule } = this.#hand;
    const before = drafts.length;
    for (let number = 1; number <= copies && drafts.length < copiesMax; number++) {
      const draft = new Draft(this.#hand, draws!.laneOfCopy(this.lane, number));
      draft.keepOrder = this.keepOrder;
      draft.rules = [...this.rules, rule];
      draft.alterations = this.alterations;
      draft.#sentAfterMs = this.#sentAfterMs + number * spacingMs;
      draft.#delayedByMs = this.#delayedByMs;
      drafts.push(draft);
    }
    this.#hand.isTouched = true;
    this.#hand.tally!.duplicated += drafts.length - before;
    this.#hand.notes?.did('duplicated', { copies: drafts.length - before, ms: spacingMs });
  }

  #touch(): Tally {
    const { rule, tally } = this.#hand;
    this.#hand.isTouched = true;
    this.rules = this.rules.length === 0 ? [rule] : [...this.rules, rule];
    return tally!;
  }
}
