/** What the rules say of one message. */
import type { Alteration } from './alteration.ts';

/** `refused`: it does not cross, and its sender is told. `overflow`: a rule's bounded queue is full. */
export type Outcome = 'deliver' | 'lost' | 'cut' | 'held' | 'refused' | 'overflow';

export interface Copy {
  readonly outcome: Outcome;
  /** How long after the message's arrival to deliver it. Of a held copy: its delay without the hold. */
  readonly delayMs: number;
  /** It must not be delivered before an earlier message on the edge that keeps its order too. */
  readonly keepOrder: boolean;
  /** Ids of the rules that touched it, in the order they did; the one that decided is the last. */
  readonly rules: readonly string[];
  /** Of a refused copy: why, for its sender. */
  readonly reason?: string;
  /** Of a refused copy: its connection was reset, and who waits for an answer cannot know whether it took effect. */
  readonly isReset?: true;
  /** What is changed about the message before it is delivered, first things first. */
  readonly alterations?: readonly Alteration[];
}

/** One entry for each copy, at least one; null: no rule touched it, deliver it once and now. */
export type Verdict = readonly Copy[] | null;
