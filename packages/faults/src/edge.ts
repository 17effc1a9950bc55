/**
 * The rules of one edge, and the decision about each message on it.
 *
 *   decide(edge, message, nowMs) → verdict
 *   account(edge, message, nowMs) → verdict, with an explanation for each rule
 *
 * An edge numbers all its messages, and each rule on it counts those that it matches. Adding or removing
 * other rules changes neither number.
 */
import { Decision, EdgeDraws } from './decision.ts';
import { type Miss, Notes, type Observer, type RuleExplanation } from './explanation.ts';
import type { Behaviour } from './kind.ts';
import type { Match } from './match.ts';
import type { Message } from './message.ts';
import { deriveKey } from './randomness.ts';
import { type EdgeReport, emptyTally, withoutZeros } from './report.ts';
import type { Verdict } from './verdict.ts';

/** The parts of an installed rule that edges need. */
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
  /** The draws that decide whether it acts on a message; null: it acts on every one. */
  readonly chance: EdgeDraws | null;
  /** Messages on this edge that match, apart from counts and probability. */
  matched = 0;
  /** Messages of which it touched a copy. */
  hit = 0;
  readonly tally = emptyTally();
  /** The edge's ordinal when the rule was added. */
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
  /** Whether `decide` reads the type of messages. */
  needsType = false;
  /** Number of the last message that was decided, from 1; 0 before the first. */
  ordinal = 0;
  /** The working state of `decide`; empty between messages. */
  readonly decision = new Decision();
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
   * The rule that stops a message which was let through earlier and is only delivered now; null if none
   * does. A rule that selects messages by count or probability does not: it selects them when they are sent.
   */
  cutsInFlight(message: Message, nowMs: number): string | null {
    for (const { rule, behaviour } of this.rules) {
      if (behaviour.cutsInFlight === undefined || rule.match.isPicky) continue;
      if (rule.match.matches(message) && behaviour.cutsInFlight(message, nowMs)) return rule.id;
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
 * Decides about the next message on the edge, which arrived at `nowMs`: true time, needed only by rules about
 * rates and silence. Costs next to nothing without rules. An observer gets the explanation of each rule, in
 * the order in which they act.
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
  const { decision } = edge;
  let isBegun = false;
  for (const edgeRule of edge.rules) {
    const { match } = edgeRule.rule;
    if (!match.matches(message)) {
      observer?.(explanationOf(edgeRule, match.missOf(message), 0));
      continue;
    }
    const nth = ++edgeRule.matched;
    if (!match.isTurn(nth)) {
      observer?.(explanationOf(edgeRule, match.turnMissOf(nth), nth));
      continue;
    }
    const notes = observer === undefined ? undefined : new Notes();
    if (edgeRule.chance !== null && !isChosen(edgeRule, edge.ordinal, notes)) {
      observer?.(explanationOf(edgeRule, missByChance(edgeRule), nth, notes));
      continue;
    }
    if (!isBegun) decision.begin(message, nowMs);
    isBegun = true;
    act(edgeRule, decision, edge.ordinal, notes);
    observer?.(explanationOf(edgeRule, null, nth, notes));
  }
  return isBegun && decision.isTouched ? decision.copies() : null;
}

export interface Account {
  readonly verdict: Verdict;
  /** One for each rule on the edge, in the order in which they act. */
  readonly explanations: readonly RuleExplanation[];
}

/**
 * Decides about the next message like `decide`, and advances the edge in the same way. So replaying the
 * messages of a recording on an edge gives the recorded decisions, with explanations.
 */
export function account(edge: EdgeRules, message: Message, nowMs: number): Account {
  const explanations: RuleExplanation[] = [];
  const verdict = decide(edge, message, nowMs, (explanation) => explanations.push(explanation));
  return { verdict, explanations };
}

function isChosen({ rule, chance }: EdgeRule, ordinal: number, notes: Notes | undefined): boolean {
  chance!.moveTo(ordinal, 0);
  chance!.notes = notes;
  return chance!.chance(rule.match.probability);
}

function missByChance({ rule }: EdgeRule): Miss {
  return { by: 'probability', wanted: `a draw below ${rule.match.probability}`, got: 'another' };
}

function explanationOf(
  { rule }: EdgeRule,
  miss: Miss | null,
  nth: number,
  { draws, effects }: Pick<Notes, 'draws' | 'effects'> = { draws: [], effects: [] },
): RuleExplanation {
  return { rule: rule.id, kind: rule.kind, miss, nth, draws, effects };
}

function act(
  edgeRule: EdgeRule,
  decision: Decision,
  ordinal: number,
  notes: Notes | undefined,
): void {
  const { rule, draws, behaviour } = edgeRule;
  const { drafts } = decision;
  decision.rule = rule.id;
  decision.draws = draws;
  decision.tally = edgeRule.tally;
  decision.notes = notes;
  draws.notes = notes;
  if (behaviour.meet !== undefined) {
    draws.moveTo(ordinal, 0);
    behaviour.meet(draws, decision.message, decision.nowMs);
  }
  const wasTouched = decision.isTouched;
  decision.isTouched = false;
  // The rule does not act on copies that it makes now.
  const count = drafts.length;
  for (let i = 0; i < count; i++) {
    const draft = drafts[i]!;
    if (draft.outcome !== 'deliver') continue;
    if (notes !== undefined) notes.copy = i;
    draws.moveTo(ordinal, draft.substream);
    behaviour.act(draft, draws);
  }
  if (decision.isTouched) edgeRule.hit++;
  else decision.isTouched = wasTouched;
}
