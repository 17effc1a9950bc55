/** Plans as data, for those that need no text: reading YAML takes longer to load than all the rest. */
import type { Plan } from './plan.ts';
import { badPlan, pathText, problemOf, said } from './problem.ts';
import { canonicalPlan } from './read.ts';

export { verbOf, verbs } from './actions.ts';
export { readCheck } from './checks.ts';
export { isSeen } from './conditions.ts';

/** Any data as a plan. Throws BAD_PLAN. */
export function readPlan(data: unknown): Plan {
  try {
    return canonicalPlan(data);
  } catch (thrown) {
    const problem = problemOf(thrown);
    throw badPlan(said(problem), { path: pathText(problem.path) }, problem);
  }
}
