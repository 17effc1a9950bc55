/**
 * One message while the rules of its edge act on it: the copies there are of it, and the draws.
 *
 * Each copy draws in a *lane* of its own, a part of the counter. The original's lane is 0; a copy's
 * lane comes from the rule that made it and from the lane of the copy it was made of. So which draws
 * a copy gets does not depend on how many copies other rules made.
 */
import type { CopyInHand, Draws } from './kind.ts';
import { block, type Key, uniform } from './randomness.ts';
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
    return uniform(this.#key, this.#ordinal, this.#counter++);
  }

  /** The lane of the `number`-th copy that the rule makes of the copy in this lane. */
  laneOfCopy(lane: number, number: number): number {
    const [word] = block(this.#key, this.#ordinal, lane | laneDraw);
    return (word + Math.imul(number, 0x9e37_79b0)) & laneMask;
  }
}

/** Reused from message to message: most messages on an edge with rules are not touched by them. */
export class Hand {
  /** The original first. */
  readonly drafts: Draft[] = [new Draft(this, 0)];
  /** Whether any rule did anything. */
  isTouched = false;
  /** The rule that acts right now, and its draws. */
  rule = '';
  draws: EdgeDraws | undefined;

  /** Takes up the next message. */
  begin(): void {
    this.isTouched = false;
    this.drafts[0]!.reset();
    if (this.drafts.length > 1) this.drafts.length = 1;
  }

  copies(): Copy[] {
    return this.drafts.map(({ outcome, delayMs, keepOrder, rules }) => ({
      outcome,
      delayMs,
      keepOrder,
      rules,
    }));
  }
}

const none: readonly string[] = [];

export class Draft implements CopyInHand {
  readonly lane: number;
  outcome: Outcome = 'deliver';
  keepOrder = false;
  rules: readonly string[] = none;
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
    this.#sentAfterMs = 0;
    this.#delayedByMs = 0;
  }

  get isOriginal(): boolean {
    return this.lane === 0;
  }

  get delayMs(): number {
    return this.#sentAfterMs + this.#delayedByMs;
  }

  lose(): void {
    this.#touch();
    this.outcome = 'lost';
  }

  cut(): void {
    this.#touch();
    this.outcome = 'cut';
  }

  hold(): void {
    this.#touch();
    this.outcome = 'held';
  }

  delay(ms: number, keepOrder: boolean): void {
    this.#touch();
    this.#delayedByMs += ms;
    if (keepOrder) this.keepOrder = true;
  }

  sendAtOnce(): void {
    if (this.#delayedByMs === 0) return;
    this.#touch();
    this.#delayedByMs = 0;
    this.keepOrder = false;
  }

  duplicate(copies: number, spacingMs: number): void {
    const { drafts, draws, rule } = this.#hand;
    this.#hand.isTouched = true;
    for (let number = 1; number <= copies && drafts.length < copiesMax; number++) {
      const draft = new Draft(this.#hand, draws!.laneOfCopy(this.lane, number));
      draft.keepOrder = this.keepOrder;
      draft.rules = [...this.rules, rule];
      draft.#sentAfterMs = this.#sentAfterMs + number * spacingMs;
      draft.#delayedByMs = this.#delayedByMs;
      drafts.push(draft);
    }
  }

  #touch(): void {
    this.#hand.isTouched = true;
    this.rules = this.rules.length === 0 ? [this.#hand.rule] : [...this.rules, this.#hand.rule];
  }
}
