/**
 * `cluster.json`: how commands find a running cluster. It is created before anything is started, and
 * only one process can create it, so two clusters of one name cannot start at once.
 */
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type ClusterFile, FaultlineError } from '@faultline/protocol';
import { isAlive, processIdentity } from '@faultline/recording';
import type { MarkId } from '../processes/mark.ts';
import { onDisk } from './disk-errors.ts';
import type { ClusterPaths } from './paths.ts';

/** What is in the file. */
export interface ClaimedFile extends ClusterFile {
  /** Tells the supervisor from a later process with its number. */
  readonly processIdentity?: string;
  /** What the processes of the cluster carry. */
  readonly mark?: MarkId;
}

const attemptsMax = 5;

/** Throws CLUSTER_EXISTS, DISK_FULL, DISK_ERROR. */
export function claimCluster(
  paths: ClusterPaths,
  runDir: string,
  startedAt: string,
  mark?: MarkId,
): ClaimedFile {
  const identity = processIdentity(process.pid);
  const file: ClaimedFile = {
    name: paths.name,
    pid: process.pid,
    url: null,
    token: randomBytes(24).toString('base64url'),
    runDir,
    startedAt,
    ...(identity === undefined ? {} : { processIdentity: identity }),
    ...(mark === undefined ? {} : { mark }),
  };
  onDisk(`write ${paths.file}`, () => {
    mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
    for (let attempt = 1; !create(paths.file, formatFile(file)); attempt++) {
      const other = readClusterFile(paths.file);
      if ((other !== undefined && isRunning(other)) || attempt === attemptsMax) {
        throw new FaultlineError(
          'CLUSTER_EXISTS',
          `a cluster called ${paths.name} runs already (process ${other?.pid ?? 'unknown'}): take it down with \`pnpm cluster down\`, or name this one with --name`,
          { name: paths.name, pid: other?.pid, url: other?.url },
        );
      }
      setAside(paths.file);
    }
  });
  return file;
}

/** Makes the cluster findable: replaces the file as a whole. */
export function publishCluster(paths: ClusterPaths, file: ClusterFile): void {
  onDisk(`write ${paths.file}`, () => {
    writeSecret(nextPath(paths), formatFile(file));
    renameSync(nextPath(paths), paths.file);
  });
}

export function releaseCluster(paths: ClusterPaths): void {
  rmSync(nextPath(paths), { force: true });
  rmSync(paths.file, { force: true });
}

/** Undefined where there is none, or none that can be read. */
export function readClusterFile(path: string): ClaimedFile | undefined {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as ClaimedFile;
    return typeof file.pid === 'number' && typeof file.token === 'string' ? file : undefined;
  } catch {
    return undefined;
  }
}

/** The clusters that are recorded in a state directory and whose supervisor lives. */
export function listClusters(state: string): ClaimedFile[] {
  let names: string[];
  try {
    names = readdirSync(join(state, 'clusters'));
  } catch {
    return [];
  }
  return names
    .map((name) => readClusterFile(join(state, 'clusters', name, 'cluster.json')))
    .filter((file): file is ClaimedFile => file !== undefined && isRunning(file));
}

/** Whether the supervisor that wrote the file still runs. */
export function isRunning(file: ClaimedFile): boolean {
  return isAlive(file.pid, file.processIdentity);
}

/** Where this process writes the file before it claims the name with it. */
export const draftPath = (path: string): string => `${path}.${process.pid}`;
const nextPath = (paths: ClusterPaths): string => `${paths.file}.next`;
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
const formatFile = (file: ClusterFile): string => `${JSON.stringify(file, null, 2)}\n`;

/**
 * Writes a new file that only its owner can read. What is at the path is removed first: it may be a link
 * to another file, or be readable by others. Throws EEXIST if it is there again by then.
 */
function writeSecret(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
}

/**
 * False where the file is there already. It appears with all that is in it: somebody who read half of
 * it would take it for one that a dead supervisor left.
 */
function create(path: string, text: string): boolean {
  const own = draftPath(path);
  try {
    writeSecret(own, text);
    try {
      linkSync(own, path);
    } catch (error) {
      // A file system without hard links.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error))) throw error;
      writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    }
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Takes away a file that a dead supervisor left. Between our look and now another one may have done
 * that and put its own in the place: then that is put back.
 */
function setAside(path: string): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
    const taken = readClusterFile(aside);
    if (taken !== undefined && isRunning(taken)) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
