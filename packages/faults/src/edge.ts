/**
 * The rules of one edge, and the decision about each message on it.
 *
 *   decide(edge, message, nowMs) → verdict
 *   account(edge, message, nowMs) → verdict, and what each rule made of the message
 *
 * An edge numbers its messages, whether or not a rule looks at them, and each rule on it counts the
 * ones it matches. Neither number moves when other rules come or go.
 */
import { EdgeDraws, Hand } from './hand.ts';
import type { Behaviour } from './kind.ts';
import { type Look, type Miss, Notes, type Observer } from './look.ts';
import type { Match } from './match.ts';
import type { Message } from './message.ts';
import { deriveKey } from './randomness.ts';
import { type EdgeReport, emptyTally, withoutZeros } from './report.ts';
import type { Verdict } from './verdict.ts';

/** What of an installed rule the edges need. */
export interface RuleAtWork {
  readonly id: string;
  readonly kind: string;
  /** What draws depend on besides the seed and the edge. */
  readonly salt: string;
  /** Place among the rules: by stage, then by installation. */
  readonly stage: number;
  readonly installed: number;
  readonly match: Match;
  matchesEdge(src: string, dest: string, isClient: (name: string) => boolean): boolean;
  start(src: string, dest: string): Behaviour;
}

/** One rule on one edge. */
export class EdgeRule {
  readonly rule: RuleAtWork;
  readonly draws: EdgeDraws;
  readonly behaviour: Behaviour;
  /** What decides whether it acts on a message at all; null: it acts on each. */
  readonly chance: EdgeDraws | null;
  /** Messages on this edge that it is about, counts and chance aside. */
  matched = 0;
  /** Messages of which it touched a copy. */
  hit = 0;
  readonly tally = emptyTally();
  /** The edge's ordinal when the rule came. */
  readonly since: number;

  constructor(rule: RuleAtWork, { src, dest, ordinal }: EdgeRules, seed: string) {
    this.rule = rule;
    this.draws = new EdgeDraws(deriveKey(seed, rule.salt, src, dest));
    this.behaviour = rule.start(src, dest);
    this.chance =
      rule.match.probability < 1
        ? new EdgeDraws(deriveKey(seed, rule.salt, src, dest, 'match'))
        : null;
    this.since = ordinal;
  }

  report(edge: EdgeRules): EdgeReport {
    return {
      edge: `${edge.src}>${edge.dest}`,
      looked: edge.ordinal - this.since,
      matched: this.matched,
      hit: this.hit,
      copies: withoutZeros(this.tally),
      sums: this.behaviour.sums?.() ?? {},
    };
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
    const added = new EdgeRule(rule, this, this.#seed);
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
   * none does. A rule that picks messages by count or chance does not: it picks as they set out.
   */
  cutsInFlight(message: Message, nowMs: number): string | null {
    for (const { rule, behaviour } of this.rules) {
      if (behaviour.cutsInFlight === undefined || rule.match.isPicky) continue;
      if (rule.match.looksAt(message) && behaviour.cutsInFlight(message, nowMs)) return rule.id;
    }
    return null;
  }

  restarted(): void {
    for (const { behaviour } of this.rules) behaviour.restarted?.();
  }

  #set(rules: readonly EdgeRule[]): void {
    this.rules = rules;
    this.needsType = rules.some(({ rule }) => rule.match.needsType);
  }
}

/**
 * The next message on the edge, which came at `nowMs`: true time, needed by rules about rates and
 * silence only. Costs next to nothing where no rule is. An observer is told what each rule made of
 * it, in the order in which they act.
 */
export function decide(
  edge: EdgeRules,
  message: Message,
  nowMs: number,
  observer?: Observer,
): Verdict {
  edge.ordinal++;
  return edge.rules.length === 0 ? null : applyRules(edge, message, nowMs, observer);
}

function applyRules(
  edge: EdgeRules,
  message: Message,
  nowMs: number,
  observer: Observer | undefined,
): Verdict {
  const { hand } = edge;
  let isBegun = false;
  for (const edgeRule of edge.rules) {
    const { match } = edgeRule.rule;
    if (!match.looksAt(message)) {
      observer?.(lookOf(edgeRule, match.missOf(message), 0));
      continue;
    }
    const nth = ++edgeRule.matched;
    if (!match.isTurn(nth)) {
      observer?.(lookOf(edgeRule, match.turnMissOf(nth), nth));
      continue;
    }
    const notes = observer === undefined ? undefined : new Notes();
    if (edgeRule.chance !== null && !isChosen(edgeRule, edge.ordinal, notes)) {
      observer?.(lookOf(edgeRule, missByChance(edgeRule), nth, notes));
      continue;
    }
    if (!isBegun) hand.begin(message, nowMs);
    isBegun = true;
    act(edgeRule, hand, edge.ordinal, notes);
    observer?.(lookOf(edgeRule, null, nth, notes));
  }
  return isBegun && hand.isTouched ? hand.copies() : null;
}

export interface Account {
  readonly verdict: Verdict;
  /** One for each rule on the edge, in the order in which they act. */
  readonly looks: readonly Look[];
}

/**
 * Decides about the next message like `decide`, and moves the edge on alike: so an edge that is given
 * the messages of a recording once more gives the recorded decisions, and the reasons for them.
 */
export function account(edge: EdgeRules, message: Message, nowMs: number): Account {
  const looks: Look[] = [];
  const verdict = decide(edge, message, nowMs, (look) => looks.push(look));
  return { verdict, looks };
}

function isChosen({ rule, chance }: EdgeRule, ordinal: number, notes: Notes | undefined): boolean {
  chance!.moveTo(ordinal, 0);
  chance!.notes = notes;
  return chance!.chance(rule.match.probability);
}

function missByChance({ rule }: EdgeRule): Miss {
  return { by: 'probability', wanted: `a draw below ${rule.match.probability}`, got: 'another' };
}

function lookOf(
  { rule }: EdgeRule,
  miss: Miss | null,
  nth: number,
  { draws, deeds }: Pick<Notes, 'draws' | 'deeds'> = { draws: [], deeds: [] },
): Look {
  return { rule: rule.id, kind: rule.kind, miss, nth, draws, deeds };
}

function act(edgeRule: EdgeRule, hand: Hand, ordinal: number, notes: Notes | undefined): void {
  const { rule, draws, behaviour } = edgeRule;
  const { drafts } = hand;
  hand.rule = rule.id;
  hand.draws = draws;
  hand.tally = edgeRule.tally;
  hand.notes = notes;
  draws.notes = notes;
  if (behaviour.meet !== undefined) {
    draws.moveTo(ordinal, 0);
    behaviour.meet(draws, hand.message, hand.nowMs);
  }
  const wasTouched = hand.isTouched;
  hand.isTouched = false;
  // Copies that the rule makes now are not its own to act on.
  const count = drafts.length;
  for (let i = 0; i < count; i++) {
    const draft = drafts[i]!;
    if (draft.outcome !== 'deliver') continue;
    if (notes !== undefined) notes.copy = i;
    draws.moveTo(ordinal, draft.lane);
    behaviour.act(draft, draws);
  }
  if (hand.isTouched) edgeRule.hit++;
  else hand.isTouched = wasTouched;
}
