/**
 * A real cluster for a test: the same command that a user types, in a state directory of its own. It
 * is down, with nothing left behind, when the test is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@faultline/client';
import type { ClusterEvent, ClusterStatus } from '@faultline/protocol';
import { readClusterFile } from '@faultline/supervisor/registry';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const launcher = join(root, 'scripts/cluster.mjs');

/** A state directory for one test, removed afterwards. */
export function newHome(): string & Disposable {
  const home = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  return Object.assign(home, {
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  });
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

export function spawnCluster(home: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [launcher, ...args], {
    cwd: root,
    env: { ...process.env, FAULTLINE_HOME: home, INIT_CWD: root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

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
  readonly client: Client;
  readonly #ownsHome: boolean;
  readonly #ended: Promise<Outcome>;

  private constructor(
    home: string,
    name: string,
    child: ChildProcess,
    ended: Promise<Outcome>,
    status: ClusterStatus,
    ownsHome: boolean,
  ) {
    this.home = home;
    this.name = name;
    this.child = child;
    this.#ended = ended;
    this.status = status;
    this.#ownsHome = ownsHome;
    const { token } = readClusterFile(join(home, 'clusters', name, 'cluster.json'))!;
    this.client = new Client({ url: status.url, token });
  }

  /** Resolves when it is up. Rejects with what the command printed where it does not come up. */
  static async up(
    args: readonly string[] = [],
    options: { home?: string; name?: string } = {},
  ): Promise<TestCluster> {
    const home = options.home ?? mkdtempSync(join(tmpdir(), 'faultline-test-'));
    const name = options.name ?? 'default';
    const child = spawnCluster(home, ['up', '--json', '--name', name, ...args]);
    const ended = outcome(child);
    const status = await new Promise<ClusterStatus>((resolve, reject) => {
      let text = '';
      child.stdout!.on('data', (data) => {
        text += data;
        // Crashes may be told before the status is; that line alone has the API's address.
        for (const line of text.split('\n').slice(0, -1)) {
          const value = JSON.parse(line) as Partial<ClusterStatus>;
          if (value.url !== undefined) resolve(value as ClusterStatus);
        }
      });
      ended.then(({ code, stderr }) => reject(new Error(`up ended with code ${code}: ${stderr}`)));
    });
    return new TestCluster(home, name, child, ended, status, options.home === undefined);
  }

  /** The first event of a kind, past or to come; fails after 20 s. */
  async event(
    kind: string,
    accepts: (event: ClusterEvent) => boolean = () => true,
  ): Promise<ClusterEvent> {
    const signal = AbortSignal.timeout(20_000);
    const seen: string[] = [];
    for await (const event of this.client.events({ signal })) {
      if (event.kind === kind && accepts(event)) return event;
      seen.push(event.kind);
    }
    throw new Error(`no ${kind} among ${seen.join(' ')}`);
  }

  node(id: string): Promise<ClusterStatus['nodes'][number]> {
    return this.client.status().then(({ nodes }) => nodes.find((node) => node.id === id)!);
  }

  /** Runs a command against this cluster. */
  run(...args: string[]): Promise<Outcome> {
    return cluster(this.home, ...args, '--name', this.name);
  }

  /** Resolves to how the command that started it ended. */
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

/** The processes that run with this state directory, whoever started them. */
export function processesOf(home: string): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
      if (!environment.includes(`FAULTLINE_HOME=${home}`)) return [];
      // A process that has ended and waits for its parent is no process any more.
      if (/^State:\tZ/m.test(readFileSync(`/proc/${entry}/status`, 'utf8'))) return [];
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(entry), command }];
    } catch {
      return [];
    }
  });
}

/** Waits until a condition holds; fails, saying which, after `timeoutMs`. */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  timeoutMs = 10_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
