/** When the steps of a plan are done, as far as that is known before it runs. */
import { parseDuration } from '@faultline/protocol';
import type { Plan, Step } from './plan.ts';

export interface Firing {
  /** Index of the step in the plan. */
  readonly step: number;
  /** 0 for the first time. */
  readonly turn: number;
  /** True time since the load began. */
  readonly atMs: number;
}

/** More often than this a step is not repeated. */
const turnsMax = 10_000;

/** The firings of all steps with `at` and `every`, in the order of time; at one time in that of the plan. */
export function firingsOf(plan: Plan): Firing[] {
  return plan.steps
    .flatMap((step, index) =>
      timesOf(step, plan).map((atMs, turn) => ({ step: index, turn, atMs })),
    )
    .sort((a, b) => a.atMs - b.atMs || a.step - b.step);
}

function timesOf(step: Step, plan: Plan): number[] {
  if ('at' in step) return [parseDuration(step.at)];
  if (!('every' in step)) return [];
  const everyMs = parseDuration(step.every);
  const fromMs = step.from === undefined ? everyMs : parseDuration(step.from);
  const untilMs = parseDuration(step.until ?? plan.load?.for ?? '0s');
  const count = Math.max(0, Math.ceil((untilMs - fromMs) / everyMs));
  return Array.from({ length: Math.min(count, turnsMax) }, (_, i) => fromMs + i * everyMs);
}
