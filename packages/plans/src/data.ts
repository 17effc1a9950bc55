/** Plans as data, for those that need no text: reading YAML takes longer to load than all the rest. */
import type { Plan } from './plan.ts';
import { badPlan, pathText, problemOf, said } from './problem.ts';
import { canonicalPlan } from './read.ts';

export { readAction, type VerbName, verbOf, verbs } from './actions.ts';
export { checkForm, checkOf, checkText, exampleOf, isModule, readCheck } from './checks.ts';
export { isSeen, seenText } from './conditions.ts';
export { LoadSchema, loadDefaults } from './load.ts';
export type * from './plan.ts';
export { withinDefault } from './plan.ts';
export { type Firing, firingsOf } from './timeline.ts';
export type { Done, Undo, Verb } from './verb.ts';
export { actionText, conditionText } from './words.ts';

/** Any data as a plan. Throws BAD_PLAN. */
export function readPlan(data: unknown): Plan {
  try {
    return canonicalPlan(data);
  } catch (thrown) {
    const problem = problemOf(thrown);
    throw badPlan(said(problem), { path: pathText(problem.path) }, problem);
  }
}
