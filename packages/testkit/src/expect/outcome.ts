/** What a check's result means for a test, and the message that reports it. */
import type { CheckResult, History } from '@faultline/history';
import type { Check } from '@faultline/plans';
import { recordCheck } from '../cluster/test-cluster.ts';

export interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * `promise` completes "the history to …". `check`: the check as a plan states it, null if a plan cannot.
 *
 * Only `ok` passes, and with `not` only `violated` does. An undecided check and a vacuous one fail either
 * way: a person has to look at them.
 */
export function outcomeOf(
  history: History,
  result: CheckResult,
  promise: string,
  check: Check | null,
  isNot: boolean,
): Outcome {
  const { verdict } = result;
  const isRight = verdict === (isNot ? 'violated' : 'ok');
  const message = (): string => messageOf(result, promise, isNot);
  const expected = `expected the history ${isNot ? 'not ' : ''}to ${promise}`;
  recordCheck(history, { promise, check, hasFailed: !isRight, isNot }, expected);
  return { pass: isRight !== isNot, message };
}

const findings = {
  ok: 'but found',
  violated: 'but found',
  unknown: 'but the check could not decide',
  vacuous: 'but the result proves nothing',
} as const;

function messageOf(
  { verdict, summary, explanation }: CheckResult,
  promise: string,
  isNot: boolean,
): string {
  const finding = verdict === 'unknown' ? summary.replace(/^not decided: /, '') : summary;
  const lines = explanation.filter((line) => line !== summary && line !== finding);
  return [
    `expected the history ${isNot ? 'not ' : ''}to ${promise}, ${findings[verdict]}: ${finding}`,
    ...lines.map((line) => `  ${line}`),
    `verdict: ${verdict}`,
  ].join('\n');
}
