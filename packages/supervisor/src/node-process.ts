/**
 * One node as the supervisor sees it: its process, which state that is in, and why.
 *
 *              start                 ready                  pause
 *   stopped ──────────▶ starting ──────────────▶ ready ◀──────────▶ paused
 *      ▲                   │                     ▲   │      resume
 *      │ stop              │ exits, or is killed │   │ its event loop does not answer
 *      └───────────────────┴──▶ crashed          └─slow
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClockState, skewed } from '@faultline/clocks';
import {
  FaultlineError,
  type FromNode,
  type NodeConfig,
  type NodeState,
  type NodeStatus,
  type ToNode,
} from '@faultline/protocol';
import { type Deferred, deferred, trueNowMs } from '@faultline/protocol/host';
import { LogBook, type LogLine } from './log-book.ts';
import type { ProgramSource } from './program.ts';
import { type Exit, type Spawned, signalGroup, spawnGroup } from './spawn.ts';
import { inspectorChatter, inspectorLine, whereBlocked } from './where-blocked.ts';

export interface NodeProcessOptions {
  readonly id: string;
  readonly program: ProgramSource;
  readonly logPath: string;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  /** Resolves to what a new incarnation needs to run, once the router can be joined. */
  readonly configure: (id: string, incarnation: number) => Promise<NodeConfig>;
  readonly record: (kind: string, facts?: Record<string, unknown>, atTrueMs?: number) => void;
  readonly onGroup: (change: 'add' | 'gone', group: number) => void;
  readonly onLog: (line: LogLine) => void;
}

const pingMs = 500;
const slowAfterMs = 2000;

export class NodeProcess {
  readonly id: string;
  state: NodeState = 'stopped';
  incarnation = 0;
  role: string | null = null;
  reason: string | null = null;
  exit: Exit | null = null;
  clock: ClockState;
  readonly log: LogBook;
  readonly #options: NodeProcessOptions;
  #spawned: Spawned | undefined;
  #startedMs = 0;
  /** What was asked of the process that will make it end; undefined: nothing was. */
  #asked: 'kill' | 'stop' | undefined;
  #fatal: { message: string; stack: string } | undefined;
  #settled: Deferred = deferred();
  #pingTimer: NodeJS.Timeout | undefined;
  #readyTimer: NodeJS.Timeout | undefined;
  #pingSentMs: number | null = null;
  #inspectorUrl: Deferred<string> | undefined;

  constructor(options: NodeProcessOptions, clock: ClockState) {
    this.#options = options;
    this.id = options.id;
    this.clock = clock;
    this.log = new LogBook(options.logPath, trueNowMs, options.onLog);
  }

  get pid(): number | null {
    return this.#spawned?.pid ?? null;
  }

  get isRunning(): boolean {
    return this.#spawned !== undefined;
  }

  /** Resolves when the start has come to an end: ready, crashed, or not ready in time. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  get isProgramOurs(): boolean {
    return this.#options.program.kind === 'module';
  }

  status(): NodeStatus {
    const nowMs = trueNowMs();
    return {
      id: this.id,
      state: this.state,
      incarnation: this.incarnation,
      pid: this.pid,
      role: this.role,
      reason: this.reason,
      exitCode: this.exit?.code ?? null,
      signal: this.exit?.signal ?? null,
      clock: {
        describes: skewed.describe(this.clock, nowMs),
        offsetMs: Math.round(skewed.offsetAt(this.clock, nowMs) * 1000) / 1000,
      },
      uptimeMs: this.isRunning ? Math.round(nowMs - this.#startedMs) : null,
    };
  }

  /** Starts a new incarnation; `settled` tells when that is done. */
  start(): void {
    if (this.#spawned !== undefined) {
      throw new FaultlineError(
        'NODE_ALREADY_RUNNING',
        `${this.id} runs already, as process ${this.pid}`,
        {
          node: this.id,
          pid: this.pid,
        },
      );
    }
    const incarnation = ++this.incarnation;
    this.state = 'starting';
    this.reason = null;
    this.exit = null;
    this.role = null;
    this.#asked = undefined;
    this.#fatal = undefined;
    this.#settled = deferred();
    this.#startedMs = trueNowMs();
    if (this.isProgramOurs) this.#spawn(incarnation);
    else
      this.#options.configure(this.id, incarnation).then(
        (config) => this.#spawn(incarnation, config),
        () => {},
      );
  }

  #spawn(incarnation: number, config?: NodeConfig): void {
    const { program, configure, onGroup, record } = this.#options;
    if (this.incarnation !== incarnation || this.state !== 'starting') return;
    const spawned = spawnGroup(
      program.kind === 'module'
        ? {
            argv: [process.execPath, '--inspect-port=127.0.0.1:0', program.bundlePath, this.id],
            ipc: true,
          }
        : { argv: program.argv, ipc: false, env: environment(config!) },
    );
    this.#spawned = spawned;
    if (spawned.pid > 0) onGroup('add', spawned.pid);
    record('node.starting', { incarnation, pid: spawned.pid });
    this.log.read(spawned.child.stdout!);
    this.log.read(spawned.child.stderr!, this.#isOwnWord);
    spawned.child.on('message', (message) => this.#receive(spawned, message as FromNode));
    spawned.exited.then((exit) => this.#ended(spawned, exit));
    const { readyTimeoutMs } = this.#options;
    this.#readyTimer = setTimeout(() => void this.#unready(readyTimeoutMs), readyTimeoutMs);
    if (program.kind === 'command') return;
    configure(this.id, incarnation).then(
      (started) => {
        if (this.#spawned !== spawned) return;
        this.#tell({ to: 'start', config: started });
        this.#pingTimer = setInterval(() => this.#ping(), pingMs);
      },
      () => {},
    );
  }

  /** A foreign program is ready when it has joined the router. */
  linkUp(): void {
    if (!this.isProgramOurs) this.#ready();
  }

  setClock(clock: ClockState): void {
    this.clock = clock;
    this.#tell({ to: 'clock', clock });
  }

  setMembers(members: readonly string[]): void {
    this.#tell({ to: 'members', members });
  }

  redirect(linkUrl: string): void {
    this.#tell({ to: 'link', linkUrl });
  }

  pause(): void {
    const { pid } = this.#running();
    signalGroup(pid, 'SIGSTOP');
    this.state = 'paused';
    this.#options.record('node.paused');
  }

  resume(): void {
    const { pid } = this.#running();
    signalGroup(pid, 'SIGCONT');
    if (this.state !== 'paused') return;
    this.#pingSentMs = null;
    this.state = 'ready';
    this.#options.record('node.resumed');
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    const spawned = this.#running();
    this.#asked = 'kill';
    signalGroup(spawned.pid, 'SIGKILL');
    await spawned.exited;
  }

  /** Resolves when the process is gone: by itself, or killed when its time is over. */
  async stop(): Promise<void> {
    const spawned = this.#running();
    this.#asked = 'stop';
    signalGroup(spawned.pid, 'SIGCONT');
    if (this.isProgramOurs) this.#tell({ to: 'stop' });
    else signalGroup(spawned.pid, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(spawned.pid, 'SIGKILL'), this.#options.stopGraceMs);
    await spawned.exited;
    clearTimeout(timer);
  }

  #running(): Spawned {
    if (this.#spawned === undefined) {
      throw new FaultlineError('NODE_NOT_RUNNING', `${this.id} is ${this.state}: start it first`, {
        node: this.id,
        state: this.state,
      });
    }
    return this.#spawned;
  }

  #tell(message: ToNode): void {
    const child = this.#spawned?.child;
    if (child?.connected) child.send(message, () => {});
  }

  #receive(spawned: Spawned, message: FromNode): void {
    if (this.#spawned !== spawned) return;
    const { record } = this.#options;
    switch (message.from) {
      case 'ready':
        this.#ready();
        break;
      case 'fatal':
        this.#fatal = { message: message.message, stack: message.stack };
        break;
      case 'pong':
        this.#answered();
        break;
      case 'event':
        record(
          message.name === 'events.dropped' ? 'node.eventsDropped' : 'program.event',
          {
            name: message.name,
            ...(Object.keys(message.data).length > 0 ? { data: message.data } : {}),
          },
          message.atMs,
        );
        break;
      case 'role':
        this.role = message.role;
        record('node.role', { role: message.role }, message.atMs);
        break;
      case 'unsent': {
        const { reason, count, firstSeq, lastSeq } = message;
        record('messages.unsent', {
          reason,
          count,
          firstSeq,
          lastSeq,
          incarnation: this.incarnation,
        });
      }
    }
  }

  #ready(): void {
    clearTimeout(this.#readyTimer);
    if (this.state !== 'starting') return;
    this.state = 'ready';
    this.reason = null;
    this.#options.record('node.ready', {
      incarnation: this.incarnation,
      afterMs: Math.round(trueNowMs() - this.#startedMs),
    });
    this.#settled.resolve();
  }

  async #unready(timeoutMs: number): Promise<void> {
    if (this.state !== 'starting') return;
    const place = await this.#findPlace();
    if (this.state !== 'starting') return;
    const where = place === null ? '' : `: it is busy at ${place}`;
    this.reason = this.isProgramOurs
      ? `not ready after ${timeoutMs} ms: the program's function has not returned, or its promise not resolved${where}`
      : `not ready after ${timeoutMs} ms: it has not joined the router at $FAULTLINE_LINK`;
    this.#options.record('node.unready', { reason: this.reason });
    this.#settled.resolve();
  }

  #ended(spawned: Spawned, exit: Exit): void {
    if (this.#spawned !== spawned) return;
    const wasStarting = this.state === 'starting';
    clearInterval(this.#pingTimer);
    clearTimeout(this.#readyTimer);
    this.#pingSentMs = null;
    // What it started and left behind goes with it.
    signalGroup(spawned.pid, 'SIGKILL');
    this.#options.onGroup('gone', spawned.pid);
    this.#spawned = undefined;
    this.exit = exit;
    this.role = null;
    const facts = { incarnation: this.incarnation, exitCode: exit.code, signal: exit.signal };
    if (this.#asked === 'stop') {
      this.state = 'stopped';
      this.reason = null;
      this.#options.record('node.stopped', facts);
    } else {
      this.state = 'crashed';
      this.reason =
        this.#asked === 'kill' ? 'killed on request' : reasonOf(exit, this.#fatal, wasStarting);
      const stack = this.#fatal?.stack;
      this.#options.record(this.#asked === 'kill' ? 'node.killed' : 'node.crashed', {
        ...facts,
        ...(this.#asked === 'kill' ? {} : { reason: this.reason }),
        ...(stack === undefined ? {} : { stack }),
      });
    }
    this.#settled.resolve();
  }

  #ping(): void {
    if (this.state === 'paused') return;
    const nowMs = trueNowMs();
    if (this.#pingSentMs === null) {
      this.#pingSentMs = nowMs;
      this.#tell({ to: 'ping', n: 0 });
    } else if (this.state === 'ready' && nowMs - this.#pingSentMs > slowAfterMs) {
      this.state = 'slow';
      const sinceMs = this.#pingSentMs;
      void this.#findPlace().then((place) => {
        if (this.state !== 'slow') return;
        this.reason =
          place === null ? 'its event loop does not answer' : `its event loop is busy at ${place}`;
        this.#options.record('node.slow', {
          reason: this.reason,
          ...(place === null ? {} : { place }),
          forMs: Math.round(trueNowMs() - sinceMs),
        });
      });
    }
  }

  #answered(): void {
    const sinceMs = this.#pingSentMs;
    this.#pingSentMs = null;
    if (this.#inspectorUrl !== undefined) {
      this.#inspectorUrl = undefined;
      this.#tell({ to: 'closeInspector' });
    }
    if (this.state !== 'slow') return;
    this.state = 'ready';
    this.reason = null;
    this.#options.record('node.recovered', { afterMs: Math.round(trueNowMs() - sinceMs!) });
  }

  /** The line of the program that runs right now, where that can be found out. */
  async #findPlace(): Promise<string | null> {
    const { program } = this.#options;
    const spawned = this.#spawned;
    if (program.kind !== 'module' || spawned === undefined) return null;
    this.#inspectorUrl ??= deferred();
    // To the process alone: what it started would end by this signal.
    spawned.child.kill('SIGUSR1');
    const url = await Promise.race([this.#inspectorUrl.promise, spawned.exited, sleep(1000)]);
    return typeof url === 'string' ? whereBlocked(url, program.bundlePath) : null;
  }

  /** Whether a line of the error output is more than what Node says of the inspector that we started. */
  #isOwnWord = (line: string): boolean => {
    if (this.#inspectorUrl === undefined || !inspectorChatter.test(line)) return true;
    const url = inspectorLine.exec(line)?.[1];
    if (url !== undefined) this.#inspectorUrl.resolve(url);
    return false;
  };
}

function environment(config: NodeConfig): Record<string, string> {
  return {
    FAULTLINE_NODE: config.id,
    FAULTLINE_INCARNATION: String(config.incarnation),
    FAULTLINE_NODES: config.members.join(','),
    FAULTLINE_LINK: config.linkUrl,
    FAULTLINE_DISK: config.diskDir,
  };
}

function reasonOf(
  exit: Exit,
  fatal: { message: string; stack: string } | undefined,
  wasStarting: boolean,
): string {
  const when = wasStarting ? ' before it was ready' : '';
  if (fatal !== undefined) {
    const place = /\n {4}at (?:.* \()?([^()\s]+:\d+):\d+\)?/.exec(fatal.stack)?.[1];
    return `${fatal.message}${place === undefined ? '' : ` (${place})`}${when}`;
  }
  if (exit.error !== null) return exit.error;
  if (exit.signal !== null) return `ended by ${exit.signal}${when}, which the cluster did not send`;
  return `exited with code ${exit.code}${when}`;
}
