/**
 * The rules of one edge, and the decision about each message on it.
 *
 *   decide(edge, message) → verdict
 *
 * An edge numbers its messages, whether or not a rule looks at them, and each rule on it counts the
 * ones it matches. Neither number moves when other rules come or go.
 */
import { EdgeDraws, Hand } from './hand.ts';
import type { Behaviour } from './kind.ts';
import type { Match } from './match.ts';
import { deriveKey } from './randomness.ts';
import type { Verdict } from './verdict.ts';

/** What a decision may depend on. `type` is read only where `EdgeRules.needsType` says so. */
export interface Message {
  readonly type: string;
  readonly isReply: boolean;
  readonly bodyBytes: number;
}

/** What of an installed rule the edges need. */
export interface RuleAtWork {
  readonly id: string;
  /** What draws depend on besides the seed and the edge. */
  readonly salt: string;
  /** Place among the rules: by stage, then by installation. */
  readonly stage: number;
  readonly installed: number;
  readonly match: Match;
  readonly cutsInFlight: boolean;
  matchesEdge(src: string, dest: string, isClient: (name: string) => boolean): boolean;
  start(): Behaviour;
}

/** One rule on one edge. */
export class EdgeRule {
  readonly rule: RuleAtWork;
  readonly draws: EdgeDraws;
  readonly behaviour: Behaviour;
  /** Messages on this edge that matched by type and direction. */
  matched = 0;

  constructor(rule: RuleAtWork, draws: EdgeDraws) {
    this.rule = rule;
    this.draws = draws;
    this.behaviour = rule.start();
  }
}

export class EdgeRules {
  readonly src: string;
  readonly dest: string;
  /** In the order in which they act. */
  rules: readonly EdgeRule[] = [];
  /** Whether `decide` will read the type of messages. */
  needsType = false;
  /** Number of the last message that was decided, from 1; 0 before the first. */
  ordinal = 0;
  /** Where `decide` works; empty between messages. */
  readonly hand = new Hand();
  readonly #seed: string;
  readonly #isClient: (name: string) => boolean;

  /** For `RuleSet`, which keeps the rules of all edges up to date. */
  constructor(seed: string, src: string, dest: string, isClient: (name: string) => boolean) {
    this.#seed = seed;
    this.src = src;
    this.dest = dest;
    this.#isClient = isClient;
  }

  add(rule: RuleAtWork): void {
    if (!rule.matchesEdge(this.src, this.dest, this.#isClient)) return;
    const key = deriveKey(this.#seed, rule.salt, this.src, this.dest);
    const added = new EdgeRule(rule, new EdgeDraws(key));
    this.#set(
      [...this.rules, added].sort(
        ({ rule: a }, { rule: b }) => a.stage - b.stage || a.installed - b.installed,
      ),
    );
  }

  remove(id: string): void {
    if (this.rules.some(({ rule }) => rule.id === id)) {
      this.#set(this.rules.filter(({ rule }) => rule.id !== id));
    }
  }

  /**
   * The rule that stops a message which was let go earlier and is only now to be delivered; null if
   * none does. A rule that picks messages by count does not: it counts them as they set out.
   */
  cutsInFlight(message: Message): string | null {
    for (const { rule } of this.rules) {
      if (rule.cutsInFlight && !rule.match.isCounted && rule.match.looksAt(message)) return rule.id;
    }
    return null;
  }

  #set(rules: readonly EdgeRule[]): void {
    this.rules = rules;
    this.needsType = rules.some(({ rule }) => rule.match.needsType);
  }
}

/** The next message on the edge. Costs next to nothing where no rule is. */
export function decide(edge: EdgeRules, message: Message): Verdict {
  edge.ordinal++;
  if (edge.rules.length === 0) return null;
  const { hand } = edge;
  let isBegun = false;
  for (const edgeRule of edge.rules) {
    const { rule } = edgeRule;
    if (!rule.match.looksAt(message)) continue;
    if (!rule.match.isTurn(++edgeRule.matched)) continue;
    if (!isBegun) hand.begin();
    isBegun = true;
    act(edgeRule, hand, edge.ordinal);
  }
  return isBegun && hand.isTouched ? hand.copies() : null;
}

function act({ rule, draws, behaviour }: EdgeRule, hand: Hand, ordinal: number): void {
  const { drafts } = hand;
  hand.rule = rule.id;
  hand.draws = draws;
  if (behaviour.meet !== undefined) {
    draws.moveTo(ordinal, 0);
    behaviour.meet(draws);
  }
  // Copies that the rule makes now are not its own to act on.
  const count = drafts.length;
  for (let i = 0; i < count; i++) {
    const draft = drafts[i]!;
    if (draft.outcome !== 'deliver') continue;
    draws.moveTo(ordinal, draft.lane);
    behaviour.act(draft, draws);
  }
}
