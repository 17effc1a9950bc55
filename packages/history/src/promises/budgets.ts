/**
 * Budgets: what a run may cost, as assertions. Pure functions of a history, and of counts that the
 * router has.
 *
 * Each answers `vacuous` where there was nothing to measure. Operations can be narrowed by `f`: a
 * broadcast's cost in messages should not be made to look small by the reads beside it.
 */
import { roundedDuration } from '@faultline/protocol';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, rounded } from '../shown.ts';
import { quantile } from './answers.ts';
import { Judgement } from './judgement.ts';

interface Narrowed {
  /** Only operations of these kinds. */
  readonly f?: readonly string[];
}

const those = ({ operations }: History, f: readonly string[] | undefined): Operation[] =>
  operations.filter((operation) => f === undefined || f.includes(operation.f));

export interface MessageBudget extends Narrowed {
  /** Messages between nodes, as counted during the history. */
  readonly messages: number;
  readonly perOperationMax: number;
}

/** Messages per operation, whatever became of it: unknown ones cost as much. */
export function checkMessages(
  history: History,
  { messages, perOperationMax, f }: MessageBudget,
): CheckResult {
  const judgement = new Judgement(`within ${perOperationMax} messages per operation`);
  const count = those(history, f).length;
  const perOperation = count === 0 ? 0 : messages / count;
  if (perOperation > perOperationMax) {
    judgement.problem(
      'too many',
      [],
      `${messages} messages for ${count} operations are ${rounded(perOperation)} each; at most ${perOperationMax} are allowed`,
    );
  }
  return judgement.result(
    count,
    'operations',
    { messages, perOperation },
    { measured: `${rounded(perOperation)} messages per operation` },
  );
}

export interface LatencyBudget extends Narrowed {
  /** Largest latency in ms by share of operations, such as `{ 0.5: 400, 1: 600 }`. */
  readonly quantilesMs: Readonly<Record<number, number>>;
}

/** Latency of the operations that were answered ok, by nearest rank. */
export function checkLatency(history: History, { quantilesMs, f }: LatencyBudget): CheckResult {
  const judgement = new Judgement('within its latencies');
  const answered = those(history, f).filter(
    ({ type, endedMs }) => type === 'ok' && endedMs !== null,
  );
  const latenciesMs = answered
    .map(({ invokedMs, endedMs }) => endedMs! - invokedMs)
    .sort((a, b) => a - b);
  const stats: Record<string, number> = {};
  const measured: string[] = [];
  for (const [share, maxMs] of Object.entries(quantilesMs)) {
    const q = Number(share);
    if (!(q >= 0 && q <= 1)) {
      judgement.doubt(`a quantile is a share from 0 to 1, not ${share}`);
      continue;
    }
    if (latenciesMs.length === 0) continue;
    const isMs = quantile(latenciesMs, q);
    stats[`p${rounded(q * 100)}Ms`] = isMs;
    measured.push(`p${rounded(q * 100)} ${roundedDuration(isMs)}`);
    if (isMs > maxMs) {
      judgement.problem(
        'too slow',
        [],
        `${rounded(q * 100)}% of ${latenciesMs.length} operations took up to ${rounded(isMs)} ms; at most ${maxMs} ms are allowed`,
      );
    }
  }
  return judgement.result(latenciesMs.length, 'answered operations', stats, {
    measured: measured.join(', '),
  });
}

export interface AvailabilityBudget extends Narrowed {
  /** Least share of operations that are answered ok, from 0 to 1. */
  readonly shareMin: number;
  /** Whether a definite refusal, such as a failed compare-and-set, counts as an answer. */
  readonly refusalsCount?: boolean;
}

export function checkAvailability(
  history: History,
  { shareMin, refusalsCount = false, f }: AvailabilityBudget,
): CheckResult {
  const judgement = new Judgement(`available for ${rounded(shareMin * 100)}% of operations`);
  const asked = those(history, f);
  const answered = asked.filter(
    ({ type }) => type === 'ok' || (refusalsCount && type === 'fail'),
  ).length;
  const share = asked.length === 0 ? 0 : answered / asked.length;
  if (asked.length > 0 && share < shareMin) {
    judgement.problem(
      'unavailable',
      [],
      `${answered} of ${asked.length} operations were answered, ${rounded(share * 100)}%; at least ${rounded(shareMin * 100)}% are required`,
    );
  }
  return judgement.result(
    asked.length,
    'operations',
    { answered, share },
    { measured: `${rounded(share * 100)}% answered` },
  );
}

export interface RecoveryBudget extends Narrowed {
  readonly withinMs: number;
}

/**
 * After each fault that was healed: the time until operations are answered again, all of them until the
 * next fault. It ends with the last operation that began after the healing and was not answered ok. A
 * healing without later requests is in doubt, and one without later answers is a violation.
 */
export function checkRecovery(history: History, { withinMs, f }: RecoveryBudget): CheckResult {
  const judgement = new Judgement(`recovered within ${withinMs} ms`);
  const faults = history.faults ?? [];
  const asked = those(history, f);
  let slowestMs = 0;
  let healings = 0;
  for (const { what, toMs } of faults) {
    if (toMs === null) continue;
    const isAgain = faults.some(
      ({ fromMs, toMs: end }) => fromMs <= toMs && (end === null || end > toMs),
    );
    if (isAgain) continue;
    healings++;
    const nextMs = Math.min(
      Number.POSITIVE_INFINITY,
      ...faults.map(({ fromMs }) => fromMs).filter((fromMs) => fromMs > toMs),
    );
    const after = asked.filter(({ invokedMs }) => invokedMs >= toMs && invokedMs < nextMs);
    if (after.length === 0) {
      judgement.doubt(`no operation was invoked after ${what} was healed at ${rounded(toMs)} ms`);
      continue;
    }
    const bad = after.filter(({ type }) => type !== 'ok');
    const last = bad.reduce<Operation | undefined>(
      (latest, one) => (latest === undefined || one.invokedMs > latest.invokedMs ? one : latest),
      undefined,
    );
    if (last !== undefined && after.every((one) => one.invokedMs <= last.invokedMs)) {
      judgement.problem(
        'not recovered',
        [last.index],
        `after ${what} was healed at ${rounded(toMs)} ms operations remained unanswered, the last of them ${named(last)}`,
      );
      continue;
    }
    const tookMs = last === undefined ? 0 : Math.max(0, (last.endedMs ?? last.invokedMs) - toMs);
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > withinMs) {
      judgement.problem(
        'too slow',
        [last!.index],
        `${named(last!)} was still unanswered ${rounded(tookMs)} ms after ${what} was healed; at most ${withinMs} ms are allowed`,
      );
    }
  }
  return judgement.result(
    healings,
    'healings',
    { slowestMs },
    { measured: `the slowest took ${roundedDuration(slowestMs)}` },
  );
}
