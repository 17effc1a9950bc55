/** When the steps of a plan are done, as far as that is known before it runs. */
import { parseDuration } from '@faultline/protocol';
import { drawTimeMs } from './drawn-time.ts';
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
/** Of gaps that vary, some may be drawn as nothing. */
const gapMsMin = 1;

/** The firings of all steps with `at` and `every`, in the order of time; at one time in that of the plan. */
export function firingsOf(plan: Plan): Firing[] {
  return plan.steps
    .flatMap((step, index) =>
      timesOf(step, index, plan).map((atMs, turn) => ({ step: index, turn, atMs })),
    )
    .sort((a, b) => a.atMs - b.atMs || a.step - b.step);
}

function timesOf(step: Step, index: number, plan: Plan): number[] {
  if ('at' in step) return [drawTimeMs(step.at, plan.seed, index, 'at')];
  if (!('every' in step)) return [];
  const gapMs = (turn: number): number => drawTimeMs(step.every, plan.seed, index, 'every', turn);
  const untilMs = parseDuration(step.until ?? plan.load?.for ?? '0s');
  const times: number[] = [];
  let atMs = step.from === undefined ? gapMs(0) : drawTimeMs(step.from, plan.seed, index, 'from');
  for (let turn = 1; atMs < untilMs && times.length < turnsMax; turn++) {
    times.push(atMs);
    atMs += Math.max(gapMsMin, gapMs(turn));
  }
  return times;
}
