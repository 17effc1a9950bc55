/** Smaller plans. Each is a plan again; which of them still shows what was found is for others to try. */
import type { Plan } from './plan.ts';

export function withoutStep(plan: Plan, step: number): Plan {
  return { ...plan, steps: plan.steps.filter((_, i) => i !== step) };
}

/** A step that has only this action goes with it. */
export function withoutAction(plan: Plan, step: number, action: number): Plan {
  const reduced = plan.steps[step]!.do.filter((_, i) => i !== action);
  if (reduced.length === 0) return withoutStep(plan, step);
  return {
    ...plan,
    steps: plan.steps.map((each, i) => (i === step ? { ...each, do: reduced } : each)),
  };
}
