export { type FactsOptions, readFacts } from './facts.ts';
export { type FactFilter, factFilter } from './filter.ts';
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
export { RecordFiles, type RecordFilesOptions } from './format/record-files.ts';
export { type NodeLog, readLogs } from './logs.ts';
export { isAlive, processIdentity } from './process-identity.ts';
export { filterOf, readLosses, readTrace, requireRule } from './queries.ts';
export { openRun, type RecordedRun, type RunFiles, readRun } from './run.ts';
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
