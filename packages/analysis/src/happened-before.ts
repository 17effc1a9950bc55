/**
 * Happened-before among the steps of a run, and the vector time that decides it.
 *
 * L. Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978:
 * a step happened before the next one of its process, a send before its receptions, and so on along
 * the chain. C. Fidge, 1988, and F. Mattern, 1989: V(b)[p] is how many steps of process p happened
 * before b or are b itself; a happened before b exactly when V(b) counts a.
 *
 * A run of a million messages among a hundred processes would have two hundred million counts, so no
 * vector is kept longer than needed: `each` goes through the run once and yields every step's vector,
 * and `vectorOf` computes a single one by walking back through the steps that it follows from.
 *
 * Deviation: a process is one incarnation of a node. Data that a node reads from disk after a restart
 * also orders the two incarnations, but is not part of this relation.
 */
import { localStep, type Run, sendStep } from './run.ts';

/** Counts by process, in the order of `run.processes`. Steps before a count: those with a lower place. */
export type Vector = Uint32Array;

export interface EachOptions {
  /** Which steps are counted: the vectors are those of a run that had no others. All, by default. */
  readonly counts?: (step: number) => boolean;
  /** Processes whose messages carry no vector, such as members without a clock. */
  readonly isSilent?: (owner: number) => boolean;
}

export class HappenedBefore {
  readonly #run: Run;
  /** The latest `vectorOf`: queries about one step come repeatedly. */
  #latest: { readonly step: number; readonly vector: Vector } | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  isBefore(a: number, b: number): boolean {
    const { owner, place } = this.#run.steps;
    if (owner.rows[a] === owner.rows[b]) return place.rows[a]! < place.rows[b]!;
    return this.vectorOf(b)[owner.rows[a]!]! > place.rows[a]!;
  }

  areConcurrent(a: number, b: number): boolean {
    return a !== b && !this.isBefore(a, b) && !this.isBefore(b, a);
  }

  /** Visits each step that happened before it at most once. */
  vectorOf(step: number): Vector {
    if (this.#latest?.step === step) return this.#latest.vector;
    const { processes, steps } = this.#run;
    const vector: Vector = new Uint32Array(processes.length);
    const open = [step];
    for (let latest = open.pop(); latest !== undefined; latest = open.pop()) {
      const owner = steps.owner.rows[latest]!;
      const seen = vector[owner]!;
      const count = steps.place.rows[latest]! + 1;
      if (count <= seen) continue;
      vector[owner] = count;
      const own = processes[owner]!.steps;
      for (let place = seen; place < count; place++) {
        const cause = this.#run.cause(own[place]!);
        if (cause >= 0) open.push(cause);
      }
    }
    this.#latest = { step, vector };
    return vector;
  }

  /** Calls `visit` for each step that `all` gives. */
  each(visit: (step: number, vector: Vector) => void, options?: EachOptions): void {
    for (const { step, vector } of this.all(options)) visit(step, vector);
  }

  /**
   * Every step, in true order, with its vector: the same array is reused for the steps of a
   * process. Keeps a vector for each process and each in-flight message.
   */
  *all({ counts, isSilent }: EachOptions = {}): Generator<{ step: number; vector: Vector }> {
    const { processes, steps, fates, messages, trueOrder } = this.#run;
    const current = processes.map((): Vector => new Uint32Array(processes.length));
    const underWay = new Map<number, { readonly vector: Vector; receptions: number }>();
    const spare: Vector[] = [];
    for (let i = 0; i < trueOrder.length; i++) {
      const step = trueOrder[i]!;
      const owner = steps.owner.rows[step]!;
      const vector = current[owner]!;
      const message = steps.message.rows[step]!;
      const kind = steps.kind.rows[step]!;
      if (kind !== sendStep && kind !== localStep) {
        const sent = underWay.get(message);
        if (sent !== undefined) {
          takeOver(vector, sent.vector);
          if (--sent.receptions === 0) {
            underWay.delete(message);
            spare.push(sent.vector);
          }
        }
      }
      const isCounted = counts === undefined || counts(step);
      if (isCounted) {
        vector[owner]!++;
        yield { step, vector };
      }
      if (kind === sendStep && !isSilent?.(owner)) {
        let receptions = 0;
        for (let record = messages.firstFate.rows[message]!; record >= 0; ) {
          if (fates.reception.rows[record]! >= 0) receptions++;
          record = fates.next.rows[record]!;
        }
        if (receptions > 0) {
          const kept = spare.pop() ?? new Uint32Array(vector.length);
          kept.set(vector);
          underWay.set(message, { vector: kept, receptions });
        }
      }
    }
  }
}

function takeOver(vector: Vector, other: Vector): void {
  for (let i = 0; i < vector.length; i++) if (other[i]! > vector[i]!) vector[i] = other[i]!;
}
