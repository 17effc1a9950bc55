/** What a check's result means for a test, and how it is told. */
import type { CheckResult, History } from '@faultline/history';
import type { Check } from '@faultline/plans';
import { askedOf } from '../cluster/test-cluster.ts';

/** `promise` completes "the history to …". */
export interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * `check`: as a plan says it, null where it cannot.
 *
 * Only `ok` is a pass, and with `not` only `violated` is. What was not decided, and what proves nothing,
 * fails both: somebody has to look.
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
  const message = (): string => told(result, promise, isNot);
  const asked = { said: promise, check, hasFailed: !isRight, isNot };
  askedOf(history, asked, `the history was to ${isNot ? 'not ' : ''}${promise}`);
  return { pass: isRight !== isNot, message };
}

const findings = {
  ok: 'but found',
  violated: 'but found',
  unknown: 'and nobody can tell',
  vacuous: 'and that proves nothing',
} as const;

function told({ verdict, summary, explanation }: CheckResult, promise: string, isNot: boolean) {
  const lines = explanation.filter((line) => line !== summary);
  return [
    `expected the history ${isNot ? 'not ' : ''}to ${promise}, ${findings[verdict]}: ${summary}`,
    ...lines.map((line) => `  ${line}`),
    `verdict: ${verdict}`,
  ].join('\n');
}
