export {
  type Before,
  beforeAsData,
  beforeInWords,
  compareMoments,
  type Point,
  pointOf,
} from './before.ts';
export { type Compared, compareFromFiles } from './before-from-files.ts';
export { type BuilderOptions, buildRun, type Recorded, RunBuilder } from './builder.ts';
export { inChunks } from './export/chunks.ts';
export { selectedHistory } from './export/client-history.ts';
export { type ExportFormat, exportFormats } from './export/formats.ts';
export { type Selection, select } from './export/select.ts';
export { shivizStepsMax } from './export/shiviz.ts';
export { type EachOptions, HappenedBefore, type Vector } from './happened-before.ts';
export {
  compareOrders,
  type Kept,
  type Lie,
  type Lies,
  type OrderReport,
  type Pair,
} from './order.ts';
export { orderAsData, orderInWords } from './order-words.ts';
export { type Part, type PartLimits, type PartRange, partFromFiles } from './part-from-files.ts';
export { replayDecision } from './replay.ts';
export { type Process, Run, type StepKind, withoutCopy } from './run.ts';
export {
  type CopyLife,
  type Explanation,
  explainMessage,
  isMessageId,
  requireMessage,
} from './why.ts';
export { type ExplainedFromFiles, explainFromFiles } from './why-from-files.ts';
export { explanationInWords } from './why-words.ts';
