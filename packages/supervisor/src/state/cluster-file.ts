/**
 * `cluster.json`, which commands read to find a running cluster. It is created before anything starts,
 * and only one process can create it, so two clusters of the same name cannot start at once.
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

/** The content of the file. */
export interface ClaimedFile extends ClusterFile {
  /** Distinguishes the supervisor from a later process with the same number. */
  readonly processIdentity?: string;
  /** Carried by the processes of the cluster. */
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
          `a cluster called ${paths.name} is already running (process ${other?.pid ?? 'unknown'}): take it down with \`pnpm cluster down\`, or choose another name with --name`,
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

/** Undefined if there is none, or it cannot be read. */
export function readClusterFile(path: string): ClaimedFile | undefined {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as ClaimedFile;
    return typeof file.pid === 'number' && typeof file.token === 'string' ? file : undefined;
  } catch {
    return undefined;
  }
}

/** The clusters in a state directory whose supervisor is alive. */
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

/** Whether the supervisor that wrote the file is still running. */
export function isRunning(file: ClaimedFile): boolean {
  return isAlive(file.pid, file.processIdentity);
}

/** The path at which this process writes the file before it claims the name. */
export const draftPath = (path: string): string => `${path}.${process.pid}`;
const nextPath = (paths: ClusterPaths): string => `${paths.file}.next`;
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
const formatFile = (file: ClusterFile): string => `${JSON.stringify(file, null, 2)}\n`;

/**
 * Writes a new file that only its owner can read. First removes anything at the path: it may be a link
 * to another file, or readable by others. Throws EEXIST if another process creates it in between.
 */
function writeSecret(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
}

/**
 * Returns false if the file already exists. The file appears complete: a reader would mistake a
 * partial file for one left by a dead supervisor.
 */
function create(path: string, text: string): boolean {
  const own = draftPath(path);
  try {
    writeSecret(own, text);
    try {
      linkSync(own, path);
    } catch (error) {
      // The file system has no hard links.
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
 * Removes a file that a dead supervisor left. Another process may have replaced it since it was read;
 * in that case, puts the new file back.
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
