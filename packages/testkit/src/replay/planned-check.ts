import { fileURLToPath } from 'node:url';
import { checks, type Question } from '@faultline/history';
import { type Check, checkForm } from '@faultline/plans/data';

/** A matcher's check as a plan states it; null if a plan cannot. */
export function plannedCheck({ check, options, said = options }: Question): Check | null {
  if (said === null) return null;
  if (checks.includes(check)) return checkForm(check.name, said, check.short);
  return check.from === null ? null : checkForm(fileURLToPath(check.from), said);
}
