import type { CheckResult, History } from '../operation.ts';
import { vacuousUnlessHit } from '../vacuous.ts';
import { type Check, type CheckContext, type CheckOptions, requireKnownOptions } from './check.ts';
import { whileLoaded } from './loaded.ts';

/**
 * Runs a check on a history. A pass is `vacuous` if no fault touched anything during the load.
 * Throws BAD_REQUEST for an option that the check does not have.
 */
export function runCheck(
  check: Check,
  history: History,
  options: CheckOptions = {},
  context: CheckContext = {},
): CheckResult {
  requireKnownOptions(check, options);
  const found = check.run(history, options, context);
  return vacuousUnlessHit(found, history.faults, whileLoaded(history).operations);
}
