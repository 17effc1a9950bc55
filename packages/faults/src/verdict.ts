/** The rules' verdict about one message. */
import type { Alteration } from './alteration.ts';

/** `refused`: it is rejected with an error to its sender. `overflow`: a rule's bounded queue is full. */
export type Outcome = 'deliver' | 'lost' | 'cut' | 'held' | 'refused' | 'overflow';

export interface Copy {
  readonly outcome: Outcome;
  /** Time from the message's arrival to the delivery. For a held copy: its delay without the hold. */
  readonly delayMs: number;
  /** It must not be delivered before an earlier message on the edge that keeps its order too. */
  readonly keepOrder: boolean;
  /** Ids of the rules that touched it, in order; the last one decided. */
  readonly rules: readonly string[];
  /** For a refused copy: the reason, for its sender. */
  readonly reason?: string;
  /** For a refused copy: its connection was reset, so it is unknown whether the request took effect. */
  readonly isReset?: true;
  /** Changes to the message before its delivery, in order. */
  readonly alterations?: readonly Alteration[];
}

/** One entry for each copy, at least one; null: no rule touched the message, so deliver it once, now. */
export type Verdict = readonly Copy[] | null;
