/**
 * A real cluster for a test: the command that a user types, in its own state directory. The cluster is down,
 * with nothing left behind, at the end of the test.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClusterEvent, type EventKind, isOfKind } from '@faultline/actions';
import { Client } from '@faultline/client';
import type { ClusterStatus } from '@faultline/protocol';
import { readClusterFile } from '@faultline/supervisor/registry';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const launcher = join(root, 'scripts/cluster.mjs');

/** Bundles programs once for all tests, not once for each state directory. */
const sharedCache = join(root, 'node_modules/.cache/faultline-test');

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  mkdirSync(sharedCache, { recursive: true });
  symlinkSync(sharedCache, join(home, 'cache'));
  return home;
}

/** A state directory for one test. The end of the test kills processes that still run there. */
export class Home implements AsyncDisposable {
  readonly path = makeHome();

  async [Symbol.asyncDispose](): Promise<void> {
    const isEmpty = (): boolean => processesOf(this.path).length === 0;
    try {
      await until(isEmpty, `nothing runs with ${this.path}`, 5000);
    } finally {
      for (const { pid } of processesOf(this.path)) process.kill(pid, 'SIGKILL');
      rmSync(this.path, { recursive: true, force: true });
    }
  }
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of the command line to its end. */
export async function cluster(home: string, ...args: string[]): Promise<Outcome> {
  const child = spawnCluster(home, args);
  return outcome(child);
}

export function spawnCluster(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [launcher, ...args], {
    cwd: root,
    env: { ...environmentOf(home), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function environmentOf(home: string): NodeJS.ProcessEnv {
  return { ...process.env, FAULTLINE_HOME: home, INIT_CWD: root };
}

/** The command line for a shell. */
export const commandLine = (args: readonly string[]): string =>
  [process.execPath, launcher, ...args].map((word) => `'${word}'`).join(' ');

export function outcome(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (data) => {
    stdout += data;
  });
  child.stderr!.on('data', (data) => {
    stderr += data;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

export class TestCluster implements AsyncDisposable {
  readonly home: string;
  readonly name: string;
  readonly child: ChildProcess;
  readonly status: ClusterStatus;
  /** The address of the page, with the token. */
  readonly page: string;
  readonly client: Client;
  readonly #ownsHome: boolean;
  readonly #ended: Promise<Outcome>;

  private constructor(
    home: string,
    name: string,
    child: ChildProcess,
    ended: Promise<Outcome>,
    status: ClusterStatus & { readonly page: string },
    ownsHome: boolean,
  ) {
    this.home = home;
    this.name = name;
    this.child = child;
    this.#ended = ended;
    this.status = status;
    this.page = status.page;
    this.#ownsHome = ownsHome;
    const { token } = readClusterFile(join(home, 'clusters', name, 'cluster.json'))!;
    this.client = new Client({ url: status.url, token });
  }

  /** Resolves when the cluster is up. Rejects with the output of the command if it does not come up. */
  static async up(
    args: readonly string[] = [],
    options: { home?: string; name?: string; env?: Readonly<Record<string, string>> } = {},
  ): Promise<TestCluster> {
    const home = options.home ?? makeHome();
    const name = options.name ?? 'default';
    const child = spawnCluster(home, ['up', '--json', '--name', name, ...args], options.env);
    const ended = outcome(child);
    const status = await new Promise<ClusterStatus & { readonly page: string }>(
      (resolve, reject) => {
        let text = '';
        child.stdout!.on('data', (data) => {
          text += data;
          // Crashes may be printed before the status, and only the line of the status has the API's address.
          for (const line of text.split('\n').slice(0, -1)) {
            const value = JSON.parse(line) as Partial<ClusterStatus>;
            if (value.url !== undefined) resolve(value as ClusterStatus & { page: string });
          }
        });
        ended.then(({ code, stderr }) =>
          reject(new Error(`up ended with code ${code}: ${stderr}`)),
        );
      },
    ).catch((error: Error) => {
      if (options.home === undefined) rmSync(home, { recursive: true, force: true });
      throw error;
    });
    return new TestCluster(home, name, child, ended, status, options.home === undefined);
  }

  /** The first event of a kind, past or future; fails after 20 s. */
  async event<K extends EventKind>(
    kind: K,
    accepts: (event: ClusterEvent<K>) => boolean = () => true,
  ): Promise<ClusterEvent<K>> {
    const signal = AbortSignal.timeout(20_000);
    const seen: string[] = [];
    for await (const event of this.client.events({ signal })) {
      if (isOfKind(event, kind) && accepts(event)) return event;
      seen.push(event.kind);
    }
    throw new Error(`no ${kind} among ${seen.join(' ')}`);
  }

  /** Files and ports that exist only while the cluster runs. */
  get traces(): Traces {
    const { url, router } = this.status;
    return {
      ports: [Number(new URL(url).port), router.port!],
      files: [join(this.home, 'clusters', this.name, 'cluster.json')],
    };
  }

  node(id: string): Promise<ClusterStatus['nodes'][number]> {
    return this.client.status().then(({ nodes }) => nodes.find((node) => node.id === id)!);
  }

  /** Runs a command against this cluster. */
  run(...args: string[]): Promise<Outcome> {
    return cluster(this.home, ...args, '--name', this.name);
  }

  /** Resolves to the outcome of the command that started the cluster. */
  get ended(): Promise<Outcome> {
    return this.#ended;
  }

  async down(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGINT');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await until(() => processesOf(this.home).length === 0, 'no process of the cluster is left');
    if (this.#ownsHome) rmSync(this.home, { recursive: true, force: true });
  }
}

/** The processes with this state directory, started by any process. */
export function processesOf(home: string): { pid: number; command: string }[] {
  if (process.platform !== 'linux') return processesByPs(home);
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
      if (!environment.includes(`FAULTLINE_HOME=${home}`)) return [];
      // A zombie does not count.
      if (/^State:\tZ/m.test(readFileSync(`/proc/${entry}/status`, 'utf8'))) return [];
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(entry), command }];
    } catch {
      return [];
    }
  });
}

/** Without /proc: `ps` prints the environment after the command. */
function processesByPs(home: string): { pid: number; command: string }[] {
  return execFileSync('ps', ['-axEww', '-o', 'pid=,stat=,command='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, state, command] = /^\s*(\d+) (\S+)\s+(.*)$/.exec(line) ?? [];
      if (!command?.includes(`FAULTLINE_HOME=${home} `) || state!.startsWith('Z')) return [];
      return Number(pid) === process.pid ? [] : [{ pid: Number(pid), command }];
    });
}

/** Traces of a cluster besides its processes. */
export interface Traces {
  readonly ports: readonly number[];
  readonly files: readonly string[];
}

/**
 * Waits until no process, listening port or file of a cluster is left. Two seconds after `sinceMs` it fails
 * with a list of those that are left.
 */
export async function expectNothingLeft(
  home: string,
  sinceMs: number,
  { ports, files }: Traces = { ports: [], files: [] },
): Promise<void> {
  const left = async (): Promise<string[]> => [
    ...processesOf(home).map(({ pid, command }) => `process ${pid} ${command}`),
    ...(await Promise.all(
      ports.map(async (port) => ((await isListening(port)) ? [`port ${port}`] : [])),
    ).then((found) => found.flat())),
    ...[...files, ...clusterFiles(home)].filter((file) => existsSync(file)),
  ];
  for (;;) {
    const remains = await left();
    if (remains.length === 0) return;
    if (performance.now() - sinceMs > leftMsMax) {
      throw new Error(`left behind after ${leftMsMax} ms:\n${remains.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const leftMsMax = 2000;

/** All files in the clusters' folders except recordings and nodes' disks. */
function clusterFiles(home: string): string[] {
  const clusters = join(home, 'clusters');
  if (!existsSync(clusters)) return [];
  return readdirSync(clusters).flatMap((name) =>
    readdirSync(join(clusters, name))
      .filter((file) => file !== 'runs' && file !== 'nodes')
      .map((file) => join(clusters, name, file)),
  );
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Waits until a condition holds. After `timeoutMs` it fails with the name of the condition. */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  timeoutMs = 10_000,
): Promise<NonNullable<T>> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > endMs)
      throw new Error(`timed out after ${timeoutMs} ms waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Kills the router and waits until a new one has replaced it. */
export async function killRouter(cluster: TestCluster): Promise<void> {
  const { router } = await cluster.client.status();
  process.kill(router.pid!, 'SIGKILL');
  await cluster.event('router.ready', ({ facts }) => facts.pid !== router.pid);
}
