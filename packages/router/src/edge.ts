/** A directed link between two members: its rules and the fates of the messages on it. */
import type { EdgeRules } from '@faultline/faults';
import { type Fate, fates } from '@faultline/protocol';
import { DelayHistogram } from './delay-histogram.ts';
import type { Endpoint } from './endpoint.ts';

export class Edge {
  readonly src: Endpoint;
  readonly dest: Endpoint;
  readonly rules: EdgeRules;
  /** Copies by the fate they ended in. */
  readonly counts = new Map<Fate, number>(fates.map((fate) => [fate, 0]));
  /** Of the copies that were delivered later than they came. */
  readonly delays = new DelayHistogram();
  /** When the last copy that keeps its order is due: the next such one may not be earlier. */
  lastInOrderMs = 0;
  /** Copies in the scheduler that keep their order. */
  inOrder = 0;

  constructor(src: Endpoint, dest: Endpoint, rules: EdgeRules) {
    this.src = src;
    this.dest = dest;
    this.rules = rules;
  }

  count(fate: Fate, copies = 1): void {
    this.counts.set(fate, this.counts.get(fate)! + copies);
  }
}
