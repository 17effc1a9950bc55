/**
 * What a checker gathers on its way to a verdict.
 *
 *   problem   something that the promise forbids: violated
 *   doubt     something that could not be judged: unknown, if there is no problem
 *   neither, and nothing that was judged: vacuous
 */
import type { CheckResult } from '../operation.ts';

const toldMax = 10;

export interface Problem {
  /** What kind of problem, such as `lost`. */
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

  /** `promise` completes "not …" and "no evidence against …". */
  constructor(promise: string) {
    this.#promise = promise;
  }

  problem(name: string, operations: readonly number[], sentence: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    if (this.#problems.length < toldMax) this.#problems.push({ name, sentence, operations });
  }

  doubt(sentence: string): void {
    this.#doubtCount++;
    if (this.#doubts.length < toldMax) this.#doubts.push(sentence);
  }

  /**
   * `judged` counts what the checker looked at, in the words of `of`. `measured` is what it measured, such
   * as `56% answered`: the summary has it whatever the verdict is.
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
        summary: `cannot decide whether ${this.#promise}${known}: ${this.#doubts[0]}`,
        explanation: [...this.#doubts, ...notes],
        stats: { ...all, doubts: this.#doubtCount },
      };
    }
    if (judged === 0) {
      return {
        verdict: 'vacuous',
        summary: `no ${of} to judge by whether ${this.#promise}`,
        explanation: [...notes],
        stats: all,
      };
    }
    return {
      verdict: 'ok',
      summary: `${judged} ${judged === 1 ? singular(of) : of}: no evidence against ${this.#promise}${known}`,
      explanation: [...notes],
      stats: all,
    };
  }
}

const singular = (of: string): string =>
  of.replace(/(ies|s)\b/, (ending) => (ending === 'ies' ? 'y' : ''));
