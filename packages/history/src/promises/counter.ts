/**
 * A counter (one per key) by its bounds: a read lies between the sum of what must have been counted and the sum of
 * what may have been. Operations `add n`, `increment` and `decrement` (by n, or by 1), `read`.
 *
 *   must   adds acknowledged before the read began
 *   may    adds that began before the read ended and did not fail; unknown ones at any time after
 *
 * Increments that may be are in the upper bound, decrements that may be in the lower one. Of a counter
 * that converges (a CRDT) only reads after the last add can be judged: `reads: 'final'`. There, when few
 * adds are unknown, the value must be the sum of some of them and all acknowledged ones.
 */
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { acknowledgedMs, byKey, carried, endedBefore, healedMs, largest } from './answers.ts';
import { Judgement } from './judgement.ts';

export interface CounterOptions {
  /** Whether adds of less than 0 are an offence. */
  readonly growOnly?: boolean;
  /** 'all': the counter is linearizable; 'final': it converges. */
  readonly reads?: 'all' | 'final';
}

const possibleSumsMax = 100_000;

export function checkCounter(
  history: History,
  { growOnly = false, reads = 'all' }: CounterOptions = {},
): CheckResult {
  const judgement = new Judgement('a counter that counts each add once');
  let judged = 0;
  let counted = 0;
  for (const operations of byKey(history.operations).values()) {
    const adds = addsOf(operations, growOnly, judgement);
    counted += adds.length;
    judged += judgeReads(
      answeredReads(operations, reads, healedMs(history), judgement),
      adds,
      reads,
      judgement,
    );
  }
  return judgement.result(judged, 'reads', { adds: counted });
}

function addsOf(operations: readonly Operation[], growOnly: boolean, judgement: Judgement): Add[] {
  const adds: Add[] = [];
  for (const operation of operations) {
    const by = amountOf(operation);
    if (by === null || operation.type === 'fail') continue;
    if (Number.isNaN(by)) judgement.doubt(`${named(operation)} does not add a number`);
    else if (growOnly && by < 0) {
      judgement.problem(
        'decrement',
        [operation.index],
        `${named(operation)} was accepted by a counter that only grows`,
      );
    } else adds.push({ operation, by });
  }
  return adds;
}

function judgeReads(
  judged: readonly Operation[],
  adds: readonly Add[],
  reads: 'all' | 'final',
  judgement: Judgement,
): number {
  const sums = new Sums(adds);
  for (const read of judged) {
    const value = carried(read.output);
    if (typeof value !== 'number') {
      judgement.problem(
        'malformed',
        [read.index],
        `${named(read)} answered ${shown(value)}, no number`,
      );
      continue;
    }
    const { must, least, most } = sums.at(read);
    if (value < least || value > most) {
      const range = least === most ? `${least}` : `between ${least} and ${most}`;
      judgement.problem(
        value < least ? 'too small' : 'too large',
        [read.index],
        `${named(read)} returned ${value}; expected ${range}`,
      );
    } else if (reads === 'final') {
      const may = adds.filter(({ operation }) => !endedBefore(operation, read));
      if (isPossible(value - must, may)) continue;
      judgement.problem(
        'impossible',
        [read.index],
        `${named(read)} returned ${value}: ${must} is acknowledged, and no subset of the ${may.length} adds that may have been counted adds up to the rest`,
      );
    }
  }
  return judged.length;
}

interface Add {
  readonly operation: Operation;
  readonly by: number;
}

/** Sums of adds up to a moment, so that many reads among many adds take no time. */
class Sums {
  readonly #acknowledged: Prefix;
  readonly #begun: Prefix;

  constructor(adds: readonly Add[]) {
    this.#acknowledged = new Prefix(adds, acknowledgedMs);
    this.#begun = new Prefix(adds, ({ invokedMs }) => invokedMs);
  }

  at(read: Operation): { must: number; least: number; most: number } {
    const must = this.#acknowledged.before(read.invokedMs);
    const begun = this.#begun.before(acknowledgedMs(read), true);
    return {
      must: must.up + must.down,
      least: must.up + begun.down,
      most: begun.up + must.down,
    };
  }
}

/** Sums of increments and of decrements, by a time of theirs. */
class Prefix {
  readonly #timesMs: readonly number[];
  readonly #up: readonly number[];
  readonly #down: readonly number[];

  constructor(adds: readonly Add[], timeOf: (operation: Operation) => number) {
    const sorted = [...adds].sort((a, b) => compare(timeOf(a.operation), timeOf(b.operation)));
    let up = 0;
    let down = 0;
    this.#timesMs = sorted.map(({ operation }) => timeOf(operation));
    this.#up = [0, ...sorted.map(({ by }) => (up += Math.max(0, by)))];
    this.#down = [0, ...sorted.map(({ by }) => (down += Math.min(0, by)))];
  }

  before(momentMs: number, isInclusive = false): { up: number; down: number } {
    let low = 0;
    let high = this.#timesMs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const timeMs = this.#timesMs[middle]!;
      if (timeMs < momentMs || (isInclusive && timeMs === momentMs)) low = middle + 1;
      else high = middle;
    }
    return { up: this.#up[low]!, down: this.#down[low]! };
  }
}

const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

function answeredReads(
  operations: readonly Operation[],
  reads: 'all' | 'final',
  healed: number,
  judgement: Judgement,
): Operation[] {
  const answered = operations.filter(({ f, type }) => f === 'read' && type === 'ok');
  if (reads === 'all') return answered;
  const ends = operations
    .filter((operation) => amountOf(operation) !== null && operation.type === 'ok')
    .map(acknowledgedMs);
  const quietMs = Math.max(healed, largest(ends));
  const final = new Map<string, Operation>();
  for (const read of answered) {
    if (read.invokedMs > quietMs) final.set(read.node ?? read.process, read);
  }
  if (final.size === 0 && answered.length > 0) {
    judgement.doubt('no read began after the last add had ended and the last fault was healed');
  }
  return [...final.values()];
}

/** Null for operations that do not add; NaN for those that add nonsense. */
function amountOf({ f, input }: Operation): number | null {
  if (f !== 'add' && f !== 'increment' && f !== 'decrement') return null;
  const by = input === null && f !== 'add' ? 1 : input;
  if (typeof by !== 'number') return Number.NaN;
  return f === 'decrement' ? -by : by;
}

/** Whether some of the amounts add up to the sum; true if there are too many to say. */
function isPossible(sum: number, adds: readonly Add[]): boolean {
  let sums = new Set([0]);
  for (const { by } of adds) {
    const next = new Set(sums);
    for (const one of sums) next.add(one + by);
    if (next.size > possibleSumsMax) return true;
    sums = next;
  }
  return sums.has(sum);
}
