export {
  type Done,
  readAction,
  type Undo,
  type Verb,
  type VerbName,
  verbOf,
  verbs,
} from './actions.ts';
export { latenciesAtMost, numberAtMost, shareAtLeast, timeAtMost } from './bounds.ts';
export { type CheckName, checkNames, checkOf, checkText, readCheck } from './checks.ts';
export { isSeen, seenText } from './conditions.ts';
export { readPlan } from './data.ts';
export type * from './plan.ts';
export { withinDefault } from './plan.ts';
export { PlanSchema } from './read.ts';
export { withoutAction, withoutStep } from './reduce.ts';
export { formatPlan, isSamePlan, parsePlan, planKey } from './text.ts';
export { type Firing, firingsOf } from './timeline.ts';
export { actionText, conditionText } from './words.ts';
