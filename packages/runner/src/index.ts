export {
  compareDecisions,
  type Decisions,
  decisionsOf,
  type EdgeComparison,
  type Parting,
} from './decisions.ts';
export { type Judged, judge } from './judge.ts';
export { type JudgedRun, type JudgeOptions, judgeRun } from './judge-run.ts';
export { type Replayed, replayRun } from './replay.ts';
export { planOf, type RunReport, reportOf, type StepReport } from './report.ts';
export { type Ran, type RunOptions, requireRunnable, runPlan } from './run.ts';
export { workloadNames } from './workloads.ts';
