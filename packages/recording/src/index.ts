export { type FactsOptions, readFacts } from './facts.ts';
export { type FactFilter, factFilter, recordFilter } from './filter.ts';
export { TraceReader } from './format/reader.ts';
export {
  type FateToWrite,
  fateRecordBytesMax,
  linkRecordBytes,
  type RuleToWrite,
  recordBytesMaxWith,
  startRecordBytes,
  tracedBodyBytesMax,
  wordBytesMax,
  writeFateRecord,
  writeHandledRecord,
  writeLinkRecord,
  writeLocalRecord,
  writeNodeRecord,
  writeReceiveRecord,
  writeRuleRecord,
  writeStartRecord,
} from './format/record.ts';
export { type Discarded, RecordFiles, type RecordFilesOptions } from './format/record-files.ts';
export type { RecordView } from './format/record-view.ts';
export { type LatestFacts, type LatestOptions, readLatest } from './latest.ts';
export { type NodeLog, readLogs } from './logs.ts';
export { isAlive, processIdentity } from './process-identity.ts';
export { filterOf, readLosses, readTrace, requireRule } from './queries.ts';
export {
  type FollowedRun,
  openRun,
  type RecordedRun,
  type RemovedPart,
  type RunFiles,
  readRun,
  removedInWords,
} from './run.ts';
export {
  clustersWithRuns,
  keptTestRuns,
  latestRunDir,
  listRuns,
  pruneRuns,
  type RunEntry,
  runsDir,
  testRunsDir,
} from './runs.ts';
export { trueNowMs } from './true-time.ts';
