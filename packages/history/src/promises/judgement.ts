/**
 * Collects a checker's findings and turns them into a result.
 *
 *   problem   a violation of the promise: violated
 *   doubt     something that could not be decided: unknown, if there is no problem
 *   neither, and nothing to judge: vacuous
 */
import type { CheckResult } from '../operation.ts';

const shownMax = 10;

export interface Problem {
  /** The kind of problem, such as `lost`. */
  readonly name: string;
  readonly sentence: string;
  /** Indices of the operations that show it. */
  readonly operations: readonly number[];
}

export class Judgement {
  readonly #promise: string;
  readonly #problems: Problem[] = [];
  readonly #counts: Record<string, number> = {};
  readonly #doubts: string[] = [];
  #doubtCount = 0;

  /** `promise` completes "not …". */
  constructor(promise: string) {
    this.#promise = promise;
  }

  problem(name: string, operations: readonly number[], sentence: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    if (this.#problems.length < shownMax) this.#problems.push({ name, sentence, operations });
  }

  doubt(sentence: string): void {
    this.#doubtCount++;
    if (this.#doubts.length < shownMax) this.#doubts.push(sentence);
  }

  /**
   * `judged` is the number of items that the checker judged, and `of` their name in the plural. `measured` is
   * a measured value such as `56% answered`, which the summary has in any case.
   */
  result(
    judged: number,
    of: string,
    stats: Readonly<Record<string, number>> = {},
    { notes = [], measured }: { notes?: readonly string[]; measured?: string | undefined } = {},
  ): CheckResult {
    const all = { judged, ...stats, ...this.#counts };
    const [first] = this.#problems;
    const known = judged === 0 || measured === undefined ? '' : ` (measured: ${measured})`;
    if (first !== undefined) {
      const counts = Object.entries(this.#counts).map(([name, count]) => `${count} ${name}`);
      return {
        verdict: 'violated',
        summary: `not ${this.#promise}${known}: ${counts.join(', ')}`,
        explanation: [...this.#problems.map(({ sentence }) => sentence), ...notes],
        witness: first,
        stats: all,
      };
    }
    if (this.#doubtCount > 0) {
      return {
        verdict: 'unknown',
        summary: `not decided${known}: ${this.#doubts[0]}`,
        explanation: [...this.#doubts, ...notes],
        stats: { ...all, doubts: this.#doubtCount },
      };
    }
    if (judged === 0) {
      return {
        verdict: 'vacuous',
        summary: `there are no ${of} to judge`,
        explanation: [...notes],
        stats: all,
      };
    }
    return {
      verdict: 'ok',
      summary: `${judged} ${judged === 1 ? singular(of) : of}: no violation found${known}`,
      explanation: [...notes],
      stats: all,
    };
  }
}

const singular = (of: string): string =>
  of.replace(/(ies|s)\b/, (ending) => (ending === 'ies' ? 'y' : ''));
