/**
 * Where things are.
 *
 *   <state directory>/            $FAULTLINE_HOME, or .faultline in the folder or the nearest one above
 *     cache/                      bundled programs
 *     clusters/<name>/
 *       cluster.json              how to reach the running cluster; gone when it is down
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

/** Throws BAD_REQUEST where the name is not fit for a folder. */
export function clusterPaths(state: string, name: string): ClusterPaths {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/.test(name)) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `a cluster's name has up to 41 letters, digits, - and _; ${JSON.stringify(name)} does not fit`,
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
 * Where bundles of the tool's own code are kept: one place for all clusters where this runs from its
 * sources. What is installed leaves its folder alone, and `otherwise` is taken.
 */
export const toolCacheDir = (otherwise: string): string =>
  import.meta.url.includes('/node_modules/')
    ? otherwise
    : fileURLToPath(new URL('../../../../node_modules/.cache/faultline', import.meta.url));
