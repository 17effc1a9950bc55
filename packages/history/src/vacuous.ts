/**
 * A pass that proves nothing: there were faults, and somebody counted what they touched, and that was
 * nothing. Faults of which nobody knows count as having touched something.
 */
import type { CheckResult, FaultInterval } from './operation.ts';

export function vacuousUnlessHit<Witness>(
  result: CheckResult<Witness>,
  faults: readonly FaultInterval[] = [],
): CheckResult<Witness> {
  const missed = faults.length > 0 && faults.every(({ hits }) => hits === 0);
  if (result.verdict !== 'ok' || !missed) return result;
  return {
    ...result,
    verdict: 'vacuous',
    summary: `${result.summary}, but no fault touched anything`,
    explanation: [
      ...result.explanation,
      ...faults.map(({ what }) => `${what}: touched no process and no message.`),
    ],
  };
}
