export * from './data.ts';
export { PlanSchema } from './read.ts';
export { withoutAction, withoutStep } from './reduce.ts';
export { formatPlan, isSamePlan, parsePlan, placeInPlan, planKey } from './text.ts';
