/**
 * Paths of the state directory.
 *
 *   <state directory>/            $FAULTLINE_HOME, or .faultline in the folder or its nearest parent
 *     cache/                      bundled programs
 *     clusters/<name>/
 *       cluster.json              how to reach the running cluster; removed when it is down
 *       nodes/<id>/               a node's disk
 *       runs/<time>/              recordings: events.jsonl, trace-N.bin, logs/<id>.log
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultlineError } from '@faultline/protocol';

export function stateDir(from = process.env.INIT_CWD ?? process.cwd()): string {
  if (process.env.FAULTLINE_HOME) return resolve(process.env.FAULTLINE_HOME);
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    if (existsSync(join(dir, '.faultline'))) return join(dir, '.faultline');
    if (dirname(dir) === dir) return join(resolve(from), '.faultline');
  }
}

export interface ClusterPaths {
  readonly name: string;
  readonly dir: string;
  readonly file: string;
  readonly nodes: string;
  readonly runs: string;
  readonly cache: string;
}

/** Throws BAD_REQUEST if the name cannot be the name of a folder. */
export function clusterPaths(state: string, name: string): ClusterPaths {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/.test(name)) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `${JSON.stringify(name)} cannot be the name of a cluster: expected up to 41 letters, digits, - and _, not starting with - or _`,
      { name },
    );
  }
  const dir = join(state, 'clusters', name);
  return {
    name,
    dir,
    file: join(dir, 'cluster.json'),
    nodes: join(dir, 'nodes'),
    runs: join(dir, 'runs'),
    cache: join(state, 'cache'),
  };
}

/**
 * The folder for bundles of the tool's own code: one for all clusters if this runs from its sources.
 * An installed package does not write to its own folder, and uses `otherwise`.
 */
export const toolCacheDir = (otherwise: string): string =>
  import.meta.url.includes('/node_modules/')
    ? otherwise
    : fileURLToPath(new URL('../../../../node_modules/.cache/faultline', import.meta.url));
