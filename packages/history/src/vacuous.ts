/**
 * A pass that proves nothing, because the faults that should have put the history to the test did not touch
 * it: each fault has a count of zero, or ended before the first operation began, or began after the last one
 * had ended. Faults without a count are assumed to have touched something. Without any operation, only the
 * count decides.
 */
import type { CheckResult, FaultInterval, Operation } from './operation.ts';

/** With the operations that the check was about, faults beside all of them are seen too. */
export function vacuousUnlessHit<Witness>(
  result: CheckResult<Witness>,
  faults: readonly FaultInterval[] = [],
  operations?: readonly Operation[],
): CheckResult<Witness> {
  if (result.verdict !== 'ok' || faults.length === 0) return result;
  const touched = faults.some((fault) => fault.hits !== 0 && !isBeside(fault, operations));
  if (touched) return result;
  return {
    ...result,
    verdict: 'vacuous',
    summary: `${result.summary}, but no fault touched anything`,
    explanation: [...result.explanation, ...hitsInWords(faults, operations)],
  };
}

/** What each fault touched, a sentence each. */
export function hitsInWords(
  faults: readonly FaultInterval[],
  operations?: readonly Operation[],
): string[] {
  return faults.map((fault) => {
    const { what, hits } = fault;
    if (hits === 0) return `${what}: touched no process and no message.`;
    if (isBeside(fault, operations)) {
      return `${what}: no operation was in progress while it lasted.`;
    }
    if (hits === undefined) return `${what}: no count of what it touched.`;
    return `${what}: touched ${hits === 1 ? '1 message or process' : `${hits} messages or processes`}.`;
  });
}

/** Whether operations are known, and none was under way while the fault lasted. */
const isBeside = (fault: FaultInterval, operations: readonly Operation[] = []): boolean =>
  operations.length > 0 && !operations.some((operation) => isDuring(operation, fault));

/** An operation that never ended lasts until the end of the history. */
const isDuring = (
  { invokedMs, endedMs }: Operation,
  { fromMs, toMs, membership }: FaultInterval,
): boolean =>
  (toMs === null || membership !== undefined || invokedMs <= toMs) &&
  (endedMs === null || endedMs >= fromMs);
