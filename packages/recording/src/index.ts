export { type FactsOptions, readFacts } from './facts.ts';
export { type FactFilter, factFilter } from './filter.ts';
export { filterOf, readLosses, readTrace, requireRule } from './queries.ts';
export { openRun, type RunFiles, readRun } from './run.ts';
export { latestRunDir, listRuns, pruneRuns, type RunEntry, runsDir } from './runs.ts';
