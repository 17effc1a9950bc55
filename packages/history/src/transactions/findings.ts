/**
 * Anomalies as they are found: all are counted, and of each name one is kept to be shown, the one
 * with the smallest cycle or else the first.
 */
import type { AnomalyName } from './models.ts';

export type EdgeName = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

/** One transaction is before another, and the sentence that says why. */
export interface CycleStep {
  /** Index of the operation in the history. */
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeName;
  readonly because: string;
}

export interface Anomaly {
  readonly name: AnomalyName;
  readonly meaning: string;
  /** How many were found; of cycles only one is looked for. */
  readonly count: number;
  /** Indices of the operations that take part, in the order in which they are spoken of. */
  readonly operations: readonly number[];
  /** For cycles: the last step leads back to the first transaction. */
  readonly cycle?: readonly CycleStep[];
  readonly explanation: readonly string[];
}

interface Kept {
  count: number;
  readonly operations: readonly number[];
  readonly sentences: () => string[];
}

/** Anomalies that one operation or a pair shows without a cycle. */
export class Findings {
  readonly #kept = new Map<AnomalyName, Kept>();

  /** `sentences` is called only if this one is shown. */
  add(name: AnomalyName, operations: readonly number[], sentences: () => string[]): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) this.#kept.set(name, { count: 1, operations, sentences });
    else kept.count++;
  }

  has(name: AnomalyName): boolean {
    return this.#kept.has(name);
  }

  all(): {
    name: AnomalyName;
    count: number;
    operations: readonly number[];
    sentences: () => string[];
  }[] {
    return [...this.#kept].map(([name, kept]) => ({ name, ...kept }));
  }
}
