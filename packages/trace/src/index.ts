export { type BuilderOptions, buildRun, type Recorded, RunBuilder } from './builder.ts';
export { type EachOptions, HappenedBefore, type Vector } from './happened-before.ts';
export {
  compareOrders,
  type Kept,
  type Lie,
  type Lies,
  type OrderReport,
  type Pair,
} from './order.ts';
export { replayDecision } from './replay.ts';
export { type Process, Run, type StepKind } from './run.ts';
export { type CopyLife, type Explanation, explainMessage } from './why.ts';
export { explanationInWords } from './why-words.ts';
