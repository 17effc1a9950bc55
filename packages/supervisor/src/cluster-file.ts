/**
 * `cluster.json`: how commands find a running cluster. It is created before anything is started, and
 * only one process can create it, so two clusters of one name cannot start at once.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterFile, FaultlineError } from '@faultline/protocol';
import { onDisk } from './disk-errors.ts';
import type { ClusterPaths } from './paths.ts';

/** Throws CLUSTER_EXISTS, DISK_FULL, DISK_ERROR. */
export function claimCluster(paths: ClusterPaths, runDir: string, startedAt: string): ClusterFile {
  const file: ClusterFile = {
    name: paths.name,
    pid: process.pid,
    url: null,
    token: randomBytes(24).toString('base64url'),
    runDir,
    startedAt,
  };
  const text = `${JSON.stringify(file, null, 2)}\n`;
  onDisk(`write ${paths.file}`, () => {
    mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
    for (let attempt = 0; ; attempt++) {
      try {
        writeFileSync(paths.file, text, { flag: 'wx', mode: 0o600 });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 2) throw error;
        const other = readClusterFile(paths.file);
        if (other !== undefined && isAlive(other.pid)) {
          throw new FaultlineError(
            'CLUSTER_EXISTS',
            `a cluster called ${paths.name} runs already (process ${other.pid}): take it down with \`pnpm cluster down\`, or name this one with --name`,
            { name: paths.name, pid: other.pid, url: other.url },
          );
        }
        rmSync(paths.file, { force: true });
      }
    }
  });
  return file;
}

/** Makes the cluster findable: replaces the file as a whole. */
export function publishCluster(paths: ClusterPaths, file: ClusterFile): void {
  onDisk(`write ${paths.file}`, () => {
    const next = `${paths.file}.next`;
    writeFileSync(next, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, paths.file);
  });
}

export function releaseCluster(paths: ClusterPaths): void {
  rmSync(paths.file, { force: true });
}

/** Undefined where there is none, or none that can be read. */
export function readClusterFile(path: string): ClusterFile | undefined {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as ClusterFile;
    return typeof file.pid === 'number' && typeof file.token === 'string' ? file : undefined;
  } catch {
    return undefined;
  }
}

/** The clusters that are recorded in a state directory and whose supervisor lives. */
export function listClusters(state: string): ClusterFile[] {
  let names: string[];
  try {
    names = readdirSync(join(state, 'clusters'));
  } catch {
    return [];
  }
  return names
    .map((name) => readClusterFile(join(state, 'clusters', name, 'cluster.json')))
    .filter((file): file is ClusterFile => file !== undefined && isAlive(file.pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
