/** What all commands share: finding clusters, printing, connecting to the API. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@faultline/client';
import {
  type Affected,
  type ClusterFile,
  FaultlineError,
  formatDuration,
  printableJson,
  printableLines,
} from '@faultline/protocol';
import {
  type ClaimedFile,
  clusterPaths,
  listClusters,
  readClusterFile,
  stateDir,
} from '@faultline/supervisor/registry';

export interface GlobalOptions {
  readonly name?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export const defaultName = 'default';

const upPollMs = 50;

/** Prints the answer as JSON or as `text`. Both may contain texts from programs. */
export function print(options: GlobalOptions, answer: unknown, text: () => string): void {
  printColored(options, answer, () => printableLines(text()));
}

/** The same for a text that is already printable and has colors. */
export function printColored(options: GlobalOptions, answer: unknown, text: () => string): void {
  process.stdout.write(`${options.json ? printableJson(answer) : text()}\n`);
}

/** Waits while standard output is not read. */
export async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** A node that should have started and did not is a failure, even if the request succeeded. */
export function failIfCrashed({ nodes }: Affected): void {
  if (nodes.some(({ state }) => state === 'crashed')) process.exitCode = 1;
}

/**
 * The cluster that a command means: the one named; else `default`; else the only one there is.
 * Throws CLUSTER_NOT_FOUND.
 */
export function findClusterFile(options: GlobalOptions): ClaimedFile {
  const file = findRunning(options);
  if (file !== undefined) return file;
  const state = stateDir();
  throw notFound(options.name, listClusters(state), state);
}

function findRunning(options: GlobalOptions): ClaimedFile | undefined {
  const running = listClusters(stateDir());
  const wanted = options.name ?? defaultName;
  return (
    running.find(({ name }) => name === wanted) ??
    (options.name === undefined && running.length === 1 ? running[0] : undefined)
  );
}

/** Throws CLUSTER_NOT_FOUND, CLUSTER_UNREACHABLE. */
export function connect(options: GlobalOptions): Client {
  return connectTo(options, findClusterFile(options));
}

/**
 * The same, once the cluster is up. One that does not run is waited for only with `mayCome`. Throws
 * WAIT_TIMED_OUT.
 */
export async function connectWhenUp(
  options: GlobalOptions,
  withinMs: number,
  { mayCome = false } = {},
): Promise<Client> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const file = findRunning(options);
    if (file === undefined && !mayCome) return connect(options);
    if (file !== undefined && file.url !== null) return connectTo(options, file);
    if (performance.now() >= endMs) {
      const { name = defaultName } = file ?? options;
      const within = formatDuration(Math.round(withinMs));
      throw new FaultlineError(
        'WAIT_TIMED_OUT',
        `timed out after ${within} waiting for the cluster ${name} to be up; ${file === undefined ? 'it is not running' : 'it is still starting'}`,
        { name, within },
      );
    }
    await sleep(upPollMs);
  }
}

/** Of the control API. Throws CLUSTER_UNREACHABLE while the cluster starts. */
export function urlOf({ name, url }: ClusterFile): string {
  if (url !== null) return url;
  throw new FaultlineError(
    'CLUSTER_UNREACHABLE',
    `the cluster ${name} is still starting: try again in a moment`,
    { name },
  );
}

export function connectTo(options: GlobalOptions, file: ClusterFile): Client {
  return new Client({
    url: urlOf(file),
    token: file.token,
    ...(options.verbose
      ? {
          onRequest: (method, address, body) =>
            process.stderr.write(
              `${method} ${address}${body === undefined ? '' : ` ${JSON.stringify(body)}`}\n`,
            ),
        }
      : {}),
  });
}

function notFound(
  name: string | undefined,
  running: readonly ClusterFile[],
  state: string,
): FaultlineError {
  const names = running.map((file) => file.name);
  const there =
    names.length === 0
      ? 'no cluster is running: start one with `pnpm cluster up`'
      : `${names.join(', ')} ${names.length === 1 ? 'runs' : 'run'}: choose with --name`;
  // Throws if the name cannot be that of a cluster.
  if (name !== undefined) clusterPaths(state, name);
  const stale = name === undefined ? undefined : readClusterFile(clusterPaths(state, name).file);
  return new FaultlineError(
    'CLUSTER_NOT_FOUND',
    name === undefined ? there : `no cluster called ${name}${stale ? ' (it died)' : ''}; ${there}`,
    { name, running: names, stateDir: state },
  );
}
