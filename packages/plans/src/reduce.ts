/**
 * Smaller plans. Each is a valid plan; the caller tries which of them still shows the failure. Removing the
 * action that adds a node also removes the actions on that node, and removing a named action also removes
 * the actions that undo it.
 */
import { loadClientsMax } from '@faultline/protocol';
import { readAction } from './actions.ts';
import { readCondition } from './conditions.ts';
import { contextOf } from './fields.ts';
import { namingNothing } from './given-names.ts';
import { namesIn } from './members.ts';
import type { Action, Plan, Step } from './plan.ts';
import { problemOf } from './problem.ts';

export function withoutStep(plan: Plan, step: number): Plan {
  return whole({ ...plan, steps: plan.steps.filter((_, i) => i !== step) });
}

/** Removes the step too if this was its only action. */
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
  const context = contextOf(names, load?.clients ?? loadClientsMax);
  const prepared = before.filter((action) =>
    isReadable(() => readAction(action, contextOf(names, loadClientsMax), { isBefore: true })),
  );
  const hasLoadTime = load?.for !== undefined;
  const kept = steps.flatMap((step): Step[] => {
    if (!isReadable(() => readCondition({ ...step }, context, hasLoadTime))) return [];
    const actions = step.do.filter((action) => isReadable(() => readAction(action, context)));
    return actions.length === 0 ? [] : [{ ...step, do: actions }];
  });
  const found = namingNothing({ before: prepared, steps: kept });
  const isLeft = (action: Action): boolean => !found.has(action);
  const left = prepared.filter(isLeft);
  const { before: _before, ...rest } = plan;
  const smaller = {
    ...rest,
    ...(left.length === 0 ? {} : { before: left }),
    steps: kept.flatMap((step): Step[] => {
      const actions = step.do.filter(isLeft);
      return actions.length === 0 ? [] : [{ ...step, do: actions }];
    }),
  };
  // The removed action may have added a node, or had a name, that other actions refer to.
  return actionsIn(smaller) < actionsIn(plan) ? whole(smaller) : smaller;
}

const actionsIn = ({ before = [], steps }: Plan): number =>
  steps.reduce((sum, step) => sum + step.do.length, before.length);

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (thrown) {
    problemOf(thrown);
    return false;
  }
}
