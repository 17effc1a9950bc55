/** When the steps of a plan run, as far as that is known in advance. */
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

/** Limit for the repetitions of a step. */
const turnsMax = 10_000;
/** Intervals that vary may be drawn as 0. */
const gapMsMin = 1;

/** The firings of all steps with `at` and `every`, in order of time, and at equal times in order of the plan. */
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
