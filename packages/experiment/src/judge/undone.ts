/**
 * The parts of a plan that were not done: actions that failed or could not be undone, and steps that never
 * ran. Without them, the run has tried a different plan from the one that it would be `ok` for. Pure.
 */
import type { Action, Plan, Step } from '@faultline/plans/data';
import type { StepReport } from '../report/report.ts';

export interface Undone {
  /** A sentence. */
  readonly says: string;
  /** The plan allows a run to be `ok` without it. */
  readonly isOptional: boolean;
}

export function undoneOf(plan: Plan, steps: readonly StepReport[]): Undone[] {
  return [...missedSteps(plan, steps), ...steps.flatMap((step) => failures(plan, step))];
}

function missedSteps(plan: Plan, steps: readonly StepReport[]): Undone[] {
  return plan.steps.flatMap((step, i) => {
    if (steps.some((done) => done.step === i)) return [];
    const name = step.name === undefined ? `step ${i + 1}` : `step ${i + 1}, ${step.name}`;
    return [{ says: `${name}: it never ran.`, isOptional: isLeftFree(step) }];
  });
}

function failures(plan: Plan, { step, action, does, failed, undoFailed }: StepReport): Undone[] {
  const planned = step === 'before' ? undefined : plan.steps[step];
  const actions = step === 'before' ? plan.before : planned?.do;
  const isOptional = isLeftFree(planned) || actions?.[action]?.optional === true;
  return [
    ...(failed === null ? [] : [{ says: `${does} could not be done: ${failed}.`, isOptional }]),
    ...(undoFailed === null
      ? []
      : [{ says: `${does} could not be undone: ${undoFailed}.`, isOptional }]),
  ];
}

const isLeftFree = (step: Step | undefined): boolean =>
  step !== undefined &&
  (step.optional === true || step.do.every((action: Action) => action.optional === true));
