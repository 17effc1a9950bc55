/**
 * Explains a decision: for each rule of an edge, whether it matched a message, what it drew and what it did.
 * This data answers "why did this not arrive?" and does not influence decisions.
 */
import type { Alteration } from './alteration.ts';

/** Why a rule did not act on a message. */
export interface Miss {
  readonly by: 'type' | 'direction' | 'size' | 'field' | 'count' | 'probability';
  /** In words: what the rule requires, and what the message had. */
  readonly wanted: string;
  readonly got: string;
}

export interface DrawSeen {
  /** The copy that it was drawn for; null: for the message, before its copies. */
  readonly copy: number | null;
  /** Uniform in [0, 1). */
  readonly value: number;
  /** The compared value, if it was derived from the draw. */
  readonly compared?: number;
  /** The threshold of the comparison. */
  readonly below?: number;
}

export type Verb =
  | 'lost'
  | 'cut'
  | 'refused'
  | 'overflowed'
  | 'held'
  | 'delayed'
  | 'queued'
  | 'sent at once'
  | 'duplicated'
  | 'altered';

export interface Effect {
  readonly copy: number;
  readonly did: Verb;
  /** For a delay: how long. For a duplication: the spacing. */
  readonly ms?: number;
  /** For a duplication: the number of extra copies. */
  readonly copies?: number;
  readonly alteration?: Alteration;
}

export interface RuleExplanation {
  readonly rule: string;
  readonly kind: string;
  /** null: the rule acted on the message, perhaps without any effect. */
  readonly miss: Miss | null;
  /** The ordinal among the edge's messages that match the rule, from 1; 0 if it does not match. */
  readonly nth: number;
  readonly draws: readonly DrawSeen[];
  /** Empty if the rule left the message alone, or no copy of it was left. */
  readonly effects: readonly Effect[];
}

export type Observer = (explanation: RuleExplanation) => void;

/** Records draws and effects while one rule acts. */
export class Notes {
  readonly draws: DrawSeen[] = [];
  readonly effects: Effect[] = [];
  /** The copy that the rule is acting on. */
  copy: number | null = null;

  drawn(value: number): void {
    this.draws.push({ copy: this.copy, value });
  }

  /** Records that the last draw, or a value derived from it, was compared with a threshold. */
  compared(compared: number, below: number): void {
    const last = this.draws.at(-1);
    if (last === undefined) return;
    const isDraw = last.value === compared;
    this.draws[this.draws.length - 1] = { ...last, ...(isDraw ? {} : { compared }), below };
  }

  did(did: Verb, more: Omit<Effect, 'copy' | 'did'> = {}): void {
    this.effects.push({ copy: this.copy ?? 0, did, ...more });
  }
}
