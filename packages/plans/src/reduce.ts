/**
 * Smaller plans. Each is a plan again; which of them still shows what was found is for others to try.
 * What is about a node that is not added any more goes with what has added it.
 */
import { readAction } from './actions.ts';
import { readCondition } from './conditions.ts';
import { clientsMax, contextOf } from './fields.ts';
import { namesIn } from './members.ts';
import type { Plan, Step } from './plan.ts';
import { problemOf } from './problem.ts';

export function withoutStep(plan: Plan, step: number): Plan {
  return whole({ ...plan, steps: plan.steps.filter((_, i) => i !== step) });
}

/** A step that has only this action goes with it. */
export function withoutAction(plan: Plan, step: number, action: number): Plan {
  const reduced = plan.steps[step]!.do.filter((_, i) => i !== action);
  if (reduced.length === 0) return withoutStep(plan, step);
  return whole({
    ...plan,
    steps: plan.steps.map((each, i) => (i === step ? { ...each, do: reduced } : each)),
  });
}

function whole(plan: Plan): Plan {
  const { cluster, before = [], load, steps } = plan;
  const names = namesIn(cluster.nodes, [{ do: before }, ...steps]);
  const context = contextOf(names, load?.clients ?? clientsMax);
  const prepared = before.filter((action) =>
    isReadable(() => readAction(action, contextOf(names, clientsMax), { isBefore: true })),
  );
  const hasLoadTime = load?.for !== undefined;
  const kept = steps.flatMap((step): Step[] => {
    if (!isReadable(() => readCondition({ ...step }, context, hasLoadTime))) return [];
    const actions = step.do.filter((action) => isReadable(() => readAction(action, context)));
    return actions.length === 0 ? [] : [{ ...step, do: actions }];
  });
  const { before: _before, ...rest } = plan;
  return { ...rest, ...(prepared.length === 0 ? {} : { before: prepared }), steps: kept };
}

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (thrown) {
    problemOf(thrown);
    return false;
  }
}
