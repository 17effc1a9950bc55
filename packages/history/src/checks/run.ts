import type { CheckResult, History } from '../operation.ts';
import { vacuousUnlessHit } from '../vacuous.ts';
import { type Check, type CheckContext, type CheckOptions, requireKnownOptions } from './check.ts';
import { whileLoaded } from './loaded.ts';

/**
 * What a check finds in a history; a pass is `vacuous` if no fault touched anything while clients asked.
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
