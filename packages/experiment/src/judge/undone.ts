/**
 * What of a plan was not done as it says: an action that failed, one that could not be taken back, a step
 * that never came. A run in which anything of this is missing has tried another plan than the one that it
 * would be `ok` for. Pure.
 */
import type { Action, Plan, Step } from '@faultline/plans/data';
import type { StepReport } from '../report/report.ts';

export interface Undone {
  /** A sentence. */
  readonly says: string;
  /** The plan says that a run may be `ok` without it. */
  readonly isOptional: boolean;
}

export function undoneOf(plan: Plan, steps: readonly StepReport[]): Undone[] {
  return [...missedSteps(plan, steps), ...steps.flatMap((step) => failures(plan, step))];
}

function missedSteps(plan: Plan, steps: readonly StepReport[]): Undone[] {
  return plan.steps.flatMap((step, i) => {
    if (steps.some((done) => done.step === i)) return [];
    const name = step.name === undefined ? `step ${i + 1}` : `step ${i + 1}, ${step.name}`;
    return [{ says: `${name}: its time never came.`, isOptional: isLeftFree(step) }];
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
      : [{ says: `${does} could not be taken back: ${undoFailed}.`, isOptional }]),
  ];
}

const isLeftFree = (step: Step | undefined): boolean =>
  step !== undefined &&
  (step.optional === true || step.do.every((action: Action) => action.optional === true));
