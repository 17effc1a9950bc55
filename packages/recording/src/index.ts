export { type FactsOptions, readFacts } from './facts.ts';
export { type FactFilter, factFilter } from './filter.ts';
export { filterOf, readLosses, readTrace, requireRule } from './queries.ts';
export { openRun, type RunFiles, readRun } from './run.ts';
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
