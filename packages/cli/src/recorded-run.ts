/**
 * The recording that a command asks: of the cluster that runs, or of one that has. Files are read as
 * they are, so that a cluster that is down, or does not answer, can be asked all the same.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FaultlineError } from '@faultline/protocol';
import { listClusters, stateDir } from '@faultline/supervisor/registry';
import type { Run } from '@faultline/trace';
import { defaultName, findClusterFile, type GlobalOptions } from './context.ts';

export interface RunOptions extends GlobalOptions {
  /** A run's name or its directory; the latest where left out. */
  readonly run?: string;
}

export const runFlag = '--run <run>';
export const runFlagText =
  'a recording: its name or directory; the latest of the cluster by default';

/** Throws NOT_FOUND, BAD_RECORDING, CLUSTER_NOT_FOUND. */
export async function loadRun(
  options: RunOptions,
  { keepVectors = false }: { readonly keepVectors?: boolean } = {},
): Promise<Run> {
  const [{ openRun }, { RunBuilder }] = await Promise.all([
    import('@faultline/recording'),
    import('@faultline/trace'),
  ]);
  const files = await openRun(await runDir(options));
  if (files.run.trace === 'off') {
    throw new FaultlineError(
      'NOT_FOUND',
      `the run ${files.run.run} recorded no messages: its cluster was started with --trace off`,
      { run: files.run.run },
    );
  }
  const builder = new RunBuilder(files.run, { keepVectors });
  for await (const facts of files.facts()) builder.add(facts);
  const [events, history] = await Promise.all([files.events(), files.history()]);
  return builder.finish(events, history);
}

async function runDir(options: RunOptions): Promise<string> {
  const { latestRunDir, runsDir } = await import('@faultline/recording');
  const state = stateDir();
  const name = options.name ?? defaultName;
  if (options.run !== undefined) {
    const named = join(runsDir(state, name), options.run);
    return existsSync(join(named, 'run.json')) ? named : options.run;
  }
  const isLatestMeant = options.name !== undefined || listClusters(state).length === 0;
  if (!isLatestMeant) return findClusterFile(options).runDir;
  return latestRunDir(state, name);
}
