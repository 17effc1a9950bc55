/**
 * What each rule of an edge made of one message: whether it was one for the rule, what was drawn and
 * what was done. Data from which "why did this not arrive?" is answered; nothing is decided by it.
 */
import type { Alteration } from './alteration.ts';

/** Why a message was not one for a rule. */
export interface Miss {
  readonly by: 'type' | 'direction' | 'size' | 'field' | 'count' | 'probability';
  /** In words: what the rule asks for, and what the message had. */
  readonly wanted: string;
  readonly got: string;
}

export interface DrawSeen {
  /** Which copy it was drawn for; null: for the message, before its copies. */
  readonly copy: number | null;
  /** Uniform in [0, 1). */
  readonly value: number;
  /** What was compared, where that is not the draw itself but was made of it. */
  readonly compared?: number;
  /** It was, or was not, below this. */
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

export interface Deed {
  readonly copy: number;
  readonly did: Verb;
  /** Of a delay: how long. Of a duplication: the spacing. */
  readonly ms?: number;
  /** Of a duplication: how many more. */
  readonly copies?: number;
  readonly alteration?: Alteration;
}

export interface Look {
  readonly rule: string;
  readonly kind: string;
  /** null: the rule acted on the message, which may mean that it left it alone. */
  readonly miss: Miss | null;
  /** Of the edge's messages that match the rule this was the n-th, from 1; 0 where it does not match. */
  readonly nth: number;
  readonly draws: readonly DrawSeen[];
  /** Empty where the rule left the message alone, or no copy of it was left to act on. */
  readonly deeds: readonly Deed[];
}

export type Observer = (look: Look) => void;

/** Notes what happens while one rule acts. */
export class Notes {
  readonly draws: DrawSeen[] = [];
  readonly deeds: Deed[] = [];
  /** The copy that is acted on. */
  copy: number | null = null;

  drawn(value: number): void {
    this.draws.push({ copy: this.copy, value });
  }

  /** The last draw, or what was made of it, was held against a threshold. */
  compared(compared: number, below: number): void {
    const last = this.draws.at(-1);
    if (last === undefined) return;
    const isDraw = last.value === compared;
    this.draws[this.draws.length - 1] = { ...last, ...(isDraw ? {} : { compared }), below };
  }

  did(did: Verb, more: Omit<Deed, 'copy' | 'did'> = {}): void {
    this.deeds.push({ copy: this.copy ?? 0, did, ...more });
  }
}
