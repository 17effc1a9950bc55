/**
 * One node as seen by the supervisor: its process, the state of that process, and the reason for it.
 *
 *              start                 ready                  pause
 *   stopped ──────────▶ starting ──────────────▶ ready ◀──────────▶ paused
 *      ▲                   │                     ▲   │      resume
 *      │ stop              │ exits, or is killed │   │ its event loop does not answer
 *      └───────────────────┴──▶ crashed          └─slow
 *
 * The event loop of a foreign program cannot be checked: such a node is slow while it is not connected
 * to the router.
 *
 * A node that is paused while it starts continues to start when it is resumed. A node that is not ready
 * in time stays `starting`, with the reason; it may still become ready.
 */

import type { RecordNodeEvent } from '@faultline/actions';
import { type ClockState, skewed } from '@faultline/clocks';
import {
  asFaultlineError,
  type CrashPlace,
  type CrashWhen,
  type Deferred,
  deferred,
  type Facts,
  FaultlineError,
  type FromNode,
  formatCrashPoint,
  formatPercent,
  type LinkClosed,
  type NodeConfig,
  type NodeFault,
  type NodeState,
  type NodeStatus,
  type ToNode,
} from '@faultline/protocol';

import { trueNowMs } from '@faultline/recording';
import { ClockStates } from '../clocks/clock-states.ts';
import { CpuLimit } from '../cpu/cpu-limit.ts';
import type { CpuLimits } from '../cpu/cpu-limits.ts';
import { type DiskState, diskStatus, faultsOf, healthyDisk } from '../disks/disk-change.ts';
import type { ClusterMark } from '../processes/mark.ts';
import { signalGroup } from '../processes/signal-group.ts';
import { type Exit, type Spawned, spawnGroup } from '../processes/spawn.ts';
import { isSameProgram, type ProgramSource } from '../programs/program.ts';
import type { RestartPolicy } from './back-off.ts';
import { type ExitedProcess, nodeExitOf } from './exit-reason.ts';
import { LinkWatch, type LostLink } from './link-watch.ts';
import { LoopWatch } from './loop-watch.ts';
import { NodeDiagnostics } from './node-diagnostics.ts';
import { NodeLog } from './node-log.ts';
import { readReport } from './node-report.ts';
import { ProcessFaults } from './process-faults.ts';
import { recordReport } from './record-report.ts';
import { type Reply, Requests } from './requests.ts';
import { Restarts } from './restarts.ts';
import { StderrTail } from './stderr-tail.ts';

export interface NodeProcessOptions {
  readonly id: string;
  /** Its first program. */
  readonly program: ProgramSource;
  readonly mark: Pick<ClusterMark, 'forStart'>;
  readonly logPath: string;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  /** Resolves to the configuration of a new incarnation, once the router accepts it. */
  readonly configure: (id: string, incarnation: number) => Promise<NodeConfig>;
  /** Describes the automatic changes of its clock. */
  readonly weather: () => string | null;
  /** Describes how often its clock is synchronized. */
  readonly sync: () => string | null;
  readonly record: RecordNodeEvent;
  readonly onGroup: (change: 'add' | 'gone', group: number) => void;
  readonly cpus: CpuLimits;
  readonly restart: RestartPolicy;
}

/** How long to wait for a busy node to acknowledge a change; it gets the change later. */
const ackMsMax = 1000;
/** How long a node waits for the router; its own time to become ready starts after that. */
const routerMsMax = 30_000;

/** One start of the node, from the decision to start it to the exit of its process. */
interface Incarnation extends ExitedProcess {
  readonly number: number;
  readonly startedMs: number;
  readonly settled: Deferred;
  spawned?: Spawned;
  /** The process has its configuration: from then on, it can receive other messages. */
  isConfigured: boolean;
  isReady: boolean;
  /** When it became ready. */
  readyMs?: number;
  requested?: 'kill' | 'stop';
  crashing?: { readonly when: string; readonly facts: CrashPlace };
  fatal?: { readonly message: string; readonly stack: string };
  readonly watch: LoopWatch;
  readonly link: LinkWatch;
  isRecordedSlow?: boolean;
  readyTimer?: NodeJS.Timeout;
}

type TimeAnswers = Pick<
  Extract<FromNode, { from: 'time' }>,
  'exchanges' | 'clockSinceMs' | 'answered'
>;

export class NodeProcess {
  readonly id: string;
  state: NodeState = 'stopped';
  incarnation = 0;
  role: string | null = null;
  reason: string | null = null;
  exit: Exit | null = null;
  disk: DiskState = healthyDisk;
  readonly log: NodeLog;
  readonly cpu: CpuLimit;
  readonly faults = new ProcessFaults();
  readonly #options: NodeProcessOptions;
  readonly #clocks: ClockStates;
  #program: ProgramSource;
  readonly #restarts: Restarts;
  /** The point at which this process or a later one crashes, once. */
  #crash: CrashWhen | null = null;
  /** The running or starting incarnation; undefined: the node is down. */
  #current: Incarnation | undefined;
  #settled: Promise<void> = Promise.resolve();
  readonly #requests = new Requests();

  constructor(options: NodeProcessOptions, clock: ClockState) {
    this.#options = options;
    this.id = options.id;
    this.#clocks = new ClockStates(clock);
    this.log = new NodeLog(options.logPath, trueNowMs);
    this.#program = options.program;
    this.#restarts = new Restarts(options.restart, () => this.#start());
    this.cpu = new CpuLimit(options.cpus, options.record);
  }

  get pid(): number | null {
    return this.#current?.spawned?.pid || null;
  }

  get isRunning(): boolean {
    return this.#current !== undefined;
  }

  /** Resolves when the start has ended: ready, crashed, or not ready in time. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** The latest state of its clock, which may begin later. */
  get clock(): ClockState {
    return this.#clocks.latest;
  }

  /** The current state of its clock, followed by those that begin later. */
  clocksFromNow(): readonly [ClockState, ...ClockState[]] {
    return this.#clocks.from(trueNowMs());
  }

  get hasSdk(): boolean {
    return this.#program.kind === 'module';
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
        isPerfect: skewed.isPerfect(this.clock, nowMs),
        offsetMs: Math.round(skewed.offsetAt(this.clock, nowMs) * 1000) / 1000,
        weather: this.#options.weather(),
        sync: this.#options.sync(),
      },
      uptimeMs: this.#current === undefined ? null : Math.round(nowMs - this.#current.startedMs),
      program: this.#otherProgram(),
      restart: this.restart,
      faults: [
        this.cpu.status(),
        ...this.faults.status(),
        crashFault(this.#crash),
        diskStatus(this.disk),
      ].filter((fault) => fault !== undefined),
    };
  }

  /** The planned automatic restart; null: none. */
  get restart(): NodeStatus['restart'] {
    return this.#restarts.status();
  }

  giveUpRestart(): void {
    this.#restarts.cancel();
  }

  /** The program of its next process. */
  get program(): ProgramSource {
    return this.#program;
  }

  /** Sets the program from the next start on. */
  run(program: ProgramSource): void {
    if (isSameProgram(program, this.#program)) return;
    this.#program = program;
    this.#options.record('program.changed', { program: program.label });
  }

  #otherProgram(): string | null {
    const { program: first } = this.#options;
    const { label } = this.#program;
    if (isSameProgram(this.#program, first)) return null;
    return label === first.label ? `${label}, current version` : label;
  }

  /** Starts a new incarnation; `settled` resolves when the start has ended. */
  start(): void {
    this.#restarts.reset();
    this.#start();
  }

  #start(): void {
    if (this.isRunning) {
      throw new FaultlineError(
        'NODE_ALREADY_RUNNING',
        `${this.id} is already running, as process ${this.pid}`,
        { node: this.id, pid: this.pid },
      );
    }
    const current: Incarnation = {
      number: ++this.incarnation,
      startedMs: trueNowMs(),
      settled: deferred(),
      diagnostics: new NodeDiagnostics((url) => current.watch.inspectorListens(url)),
      stderrTail: new StderrTail(),
      isConfigured: false,
      isReady: false,
      watch: this.#watch(() => current),
      link: this.#watchLink(() => current),
    };
    this.#current = current;
    this.#settled = current.settled.promise;
    this.state = 'starting';
    this.reason = null;
    this.exit = null;
    this.role = null;
    const program = this.#program;
    this.#awaitReady(current);
    if (program.kind === 'module') {
      this.#spawn(current, [
        process.execPath,
        '--inspect-port=127.0.0.1:0',
        '--trace-exit',
        program.bundlePath,
        this.id,
      ]);
    }
    void this.#configure(current);
  }

  /** Programs with our SDK start in parallel with the router; a foreign program first needs its address. */
  async #configure(current: Incarnation): Promise<void> {
    const program = this.#program;
    const { configure } = this.#options;
    let config: NodeConfig;
    try {
      config = await configure(this.id, current.number);
    } catch (thrown) {
      this.#giveUp(current, asFaultlineError(thrown).message);
      return;
    }
    if (this.#current !== current) return;
    current.isConfigured = true;
    // The node's own time limit starts now.
    if (this.state === 'starting') this.#awaitReady(current);
    if (program.kind === 'command') {
      this.#spawn(current, program.argv, environment(config));
      return;
    }
    this.#send({ to: 'start', config });
    current.watch.start();
  }

  #spawn(
    current: Incarnation,
    argv: readonly [string, ...string[]],
    env: Readonly<Record<string, string>> = {},
  ): void {
    const program = this.#program;
    const { onGroup, record } = this.#options;
    const mark = this.#options.mark.forStart();
    const spawned = spawnGroup({
      argv,
      channel:
        program.kind === 'module'
          ? {
              onMessage: (message) => this.#receive(current, message),
              onBroken: (reason) => this.#giveUp(current, reason),
            }
          : undefined,
      env,
      mark,
      sweep: () => mark.sweep(),
      onGroup: (group) => onGroup('add', group),
    });
    current.spawned = spawned;
    this.cpu.attach(spawned.pid);
    if (spawned.pid > 0) record('node.starting', { incarnation: current.number, pid: spawned.pid });
    const { child } = spawned;
    if (child.stdout) this.log.read(child.stdout);
    if (child.stderr) {
      this.log.read(child.stderr, (line) => {
        current.stderrTail.add(line);
        return current.diagnostics.keep(line);
      });
    }
    spawned.exited.then((exit) => {
      onGroup('gone', spawned.pid);
      this.#ended(current, exit);
    });
  }

  /** Its process has joined the router, which makes a foreign program ready. */
  linkUp(): void {
    const current = this.#current;
    const lost = current?.link.up() ?? null;
    this.#options.record('link.up', { incarnation: this.incarnation });
    if (this.hasSdk || current === undefined) return;
    this.#ready(current);
    if (this.state === 'slow' && lost !== null) this.#recovered(lost.sinceMs);
  }

  linkDown(closed: LinkClosed): void {
    if (this.#current !== undefined) this.#current.link.down(closed);
    else this.#options.record('link.down', { incarnation: this.incarnation });
  }

  /** All connections have ended with the router. */
  routerDied(): void {
    if (this.#current?.isReady) this.#current.link.routerDied();
  }

  routerIsBack(): void {
    this.#current?.link.routerIsBack();
  }

  /** Why a running foreign program cannot be reached, and what to do; null: it can be reached. */
  get unreachable(): string | null {
    const lost = this.hasSdk ? null : (this.#current?.link.lost ?? null);
    return lost === null
      ? null
      : `its link is closed: ${lost.reason}; have it reconnect to $FAULTLINE_LINK, or restart it`;
  }

  /** Resolves when the program reads this clock, or at once if it cannot receive it now. */
  setClock(clock: ClockState): Promise<void> {
    const sentMs = trueNowMs();
    this.#clocks.add(clock, sentMs);
    return this.#untilAcknowledged((n) => ({ to: 'clock', clock, sentMs, n }));
  }

  /** Resolves when the program has this disk, or at once if it cannot receive it now. */
  setDisk(disk: DiskState): Promise<void> {
    this.disk = disk;
    return this.#untilAcknowledged((n) => ({ to: 'disk', faults: faultsOf(disk), n }));
  }

  /** Undefined if there is no reply in time, or the process exits first. */
  async requestTime(
    request: Omit<Extract<ToNode, { to: 'requestTime' }>, 'to' | 'n'>,
    limitMs: number,
  ): Promise<TimeAnswers | undefined> {
    const answer = await this.#request((n) => ({ to: 'requestTime', n, ...request }), limitMs);
    return answer?.from === 'time' ? answer : undefined;
  }

  async #untilAcknowledged(message: (n: number) => ToNode): Promise<void> {
    await this.#request(message, this.state === 'ready' ? ackMsMax : 0);
  }

  /** Undefined if there is no reply in time, or the process exits first. */
  async #request(message: (n: number) => ToNode, limitMs: number): Promise<Reply | undefined> {
    const current = this.#current;
    if (current?.spawned === undefined) return undefined;
    const send = (request: ToNode): void => this.#send(request);
    return this.#requests.send(current.spawned, send, message, limitMs);
  }

  get crash(): CrashWhen | null {
    return this.#crash;
  }

  /** Null cancels the planned crash. */
  crashAt(when: CrashWhen | null): void {
    if (this.#crash === null && when === null) return;
    const before = this.#crash ?? when!;
    this.#crash = when;
    this.#send({ to: 'crash', when });
    const { point, after } = when ?? before;
    this.#options.record(when === null ? 'crash.cancelled' : 'crash.planned', {
      when: formatCrashPoint(point),
      ...(after > 0 ? { after } : {}),
    });
  }

  /** Resolves when the program has handled the change, or after `limitMs`. */
  async setMembers(
    members: readonly string[],
    signing: NodeConfig['signing'],
    limitMs: number,
  ): Promise<void> {
    const more = signing === undefined ? {} : { signing };
    const canReply = this.hasSdk && this.state === 'ready';
    await this.#request((n) => ({ to: 'members', n, members, ...more }), canReply ? limitMs : 0);
  }

  setIncarnations(incarnations: NodeConfig['incarnations']): void {
    this.#send({ to: 'incarnations', incarnations });
  }

  redirect(linkUrl: string): void {
    this.#send({ to: 'link', linkUrl });
  }

  async pause(): Promise<void> {
    const { pid } = this.#process();
    const current = this.#current;
    if (this.state === 'paused') return;
    await this.cpu.detach();
    if (this.#current !== current) throw this.#notRunning();
    signalGroup(pid, 'SIGSTOP');
    this.state = 'paused';
    this.reason = null;
    this.#options.record('node.paused', {});
  }

  /** Ends the pause; if the node is not paused, ends its CPU limit. */
  async resume(): Promise<void> {
    const { pid } = this.#process();
    const current = this.#current!;
    signalGroup(pid, 'SIGCONT');
    if (this.state !== 'paused') {
      await this.cpu.end('on request');
      return;
    }
    this.cpu.attach(pid);
    current.watch.forget();
    this.state = current.isReady ? 'ready' : 'starting';
    this.#options.record('node.resumed', {});
    current.link.resumed();
    if (!current.isReady) this.#awaitReady(current);
  }

  /** Resolves when the process has exited. */
  kill(): Promise<void> {
    return this.#end('kill', (spawned) => signalGroup(spawned.pid, 'SIGKILL'));
  }

  /** Resolves when the process has exited; it is killed after the grace period. */
  stop(): Promise<void> {
    return this.#end('stop', (spawned, current) => {
      if (this.hasSdk && !current.isConfigured) {
        // It does not read messages yet, and no code of the program has run.
        signalGroup(spawned.pid, 'SIGKILL');
        return;
      }
      signalGroup(spawned.pid, 'SIGCONT');
      if (this.hasSdk) this.#send({ to: 'stop' });
      else signalGroup(spawned.pid, 'SIGTERM');
      const timer = setTimeout(
        () => signalGroup(spawned.pid, 'SIGKILL'),
        this.#options.stopGraceMs,
      );
      void spawned.exited.then(() => clearTimeout(timer));
    });
  }

  async #end(
    requested: 'kill' | 'stop',
    act: (spawned: Spawned, current: Incarnation) => void,
  ): Promise<void> {
    const current = this.#current;
    if (current === undefined && this.restart !== null) {
      this.giveUpRestart();
      if (requested === 'stop') this.state = 'stopped';
      this.#options.record('restart.cancelled', {});
      return;
    }
    if (current === undefined) throw this.#notRunning();
    current.requested = requested;
    if (current.spawned === undefined) {
      this.#ended(current, { code: null, signal: null, error: null });
      return;
    }
    act(current.spawned, current);
    await current.spawned.exited;
  }

  /** Throws NODE_NOT_RUNNING. */
  requirePid(): number {
    return this.#process().pid;
  }

  get record(): RecordNodeEvent {
    return this.#options.record;
  }

  /** Makes the node's host inject or end a fault. Throws NODE_NOT_RUNNING. */
  order(fault: string, order: Facts): void {
    this.#sendNow({ to: 'fault', fault, order });
  }

  #process(): Spawned {
    const spawned = this.#current?.spawned;
    if (spawned === undefined) throw this.#notRunning();
    return spawned;
  }

  /** Throws NODE_NOT_RUNNING. */
  requireRunning(): void {
    if (!this.isRunning) throw this.#notRunning();
  }

  #notRunning(): FaultlineError {
    return new FaultlineError('NODE_NOT_RUNNING', `${this.id} is ${this.state}: start it first`, {
      node: this.id,
      state: this.state,
    });
  }

  /** Throws NODE_NOT_RUNNING if no process can receive the message. */
  #sendNow(message: ToNode): void {
    if (!this.#current?.isConfigured) throw this.#notRunning();
    this.#send(message);
  }

  #send(message: ToNode): void {
    // A process without its configuration gets all changes with it.
    if (this.#current?.isConfigured) this.#current.spawned?.channel?.send(message);
  }

  #receive(current: Incarnation, message: unknown): void {
    const report = readReport(message, { fromMs: current.startedMs, toMs: trueNowMs() });
    if (this.#current !== current || report === undefined) return;
    const { record } = this.#options;
    switch (report.from) {
      case 'ready':
        this.#ready(current);
        break;
      case 'fatal':
        current.fatal = report;
        this.log.add(report.stack);
        break;
      case 'pong':
        current.watch.answered();
        break;
      case 'badSignature':
      case 'event':
      case 'diskFailure':
      case 'clockLate':
      case 'traceStopped':
      case 'traceDiscarded':
      case 'unsent':
        recordReport(report, current.number, record);
        break;
      case 'ack':
      case 'time':
        this.#requests.receive(report);
        break;
      case 'role':
        if (report.role === this.role) break;
        this.role = report.role;
        record('node.role', { role: report.role }, report.atMs);
        break;
      case 'fault':
        this.faults.receive(report.fault, report.facts);
        break;
      case 'crashing':
        if (this.#crash === null) break;
        current.crashing = { when: formatCrashPoint(this.#crash.point), facts: report.facts };
        this.#crash = null;
        break;
    }
  }

  /** Ends a process that cannot continue. */
  #giveUp(current: Incarnation, reason: string): void {
    current.fatal ??= { message: reason, stack: '' };
    if (current.spawned !== undefined) signalGroup(current.spawned.pid, 'SIGKILL');
    else this.#ended(current, { code: null, signal: null, error: null });
  }

  #awaitReady(current: Incarnation): void {
    const limitMs = current.isConfigured ? this.#options.readyTimeoutMs : routerMsMax;
    clearTimeout(current.readyTimer);
    current.readyTimer = setTimeout(() => void this.#unready(current, limitMs), limitMs);
  }

  #ready(current: Incarnation): void {
    clearTimeout(current.readyTimer);
    if (current.isReady) return;
    current.isReady = true;
    current.readyMs = trueNowMs();
    if (this.state === 'starting') this.state = 'ready';
    this.reason = null;
    this.#options.record('node.ready', {
      incarnation: current.number,
      afterMs: Math.round(trueNowMs() - current.startedMs),
    });
    current.settled.resolve();
  }

  async #unready(current: Incarnation, limitMs: number): Promise<void> {
    // Do not wait for a paused node; its time limit starts again when it is resumed.
    if (this.state === 'paused') current.settled.resolve();
    if (this.#current !== current || this.state !== 'starting') return;
    const isBlocked = await current.watch.isBlocked();
    const place = isBlocked ? await current.watch.findPlace() : null;
    if (this.#current !== current || this.state !== 'starting') return;
    this.reason = `not ready after ${limitMs} ms: ${whyUnready({ isConfigured: current.isConfigured, isBlocked, place }, this.#program)}${this.#onItsCpu()}`;
    this.#options.record('node.unready', { reason: this.reason });
    current.settled.resolve();
  }

  #onItsCpu(): string {
    const { share } = this.cpu;
    return share === null ? '' : `, on ${formatPercent(share)} of a CPU`;
  }

  #ended(current: Incarnation, exit: Exit): void {
    if (this.#current !== current) return;
    current.watch.stop();
    current.link.ended();
    clearTimeout(current.readyTimer);
    this.#current = undefined;
    void this.cpu.detach();
    this.faults.ended();
    this.exit = exit;
    this.role = null;
    const nodeExit = nodeExitOf(current, exit, this.#program);
    this.state = nodeExit.state;
    this.reason = nodeExit.reason;
    const facts = { incarnation: current.number, exitCode: exit.code, signal: exit.signal };
    const { record } = this.#options;
    if (nodeExit.crash !== null) record('node.crashed', { ...facts, ...nodeExit.crash });
    else record(current.requested === 'stop' ? 'node.stopped' : 'node.killed', facts);
    current.settled.resolve();
    if (current.requested === undefined) this.#planRestart(current, exit);
  }

  #planRestart(current: Incarnation, exit: Exit): void {
    const nowMs = trueNowMs();
    const readyMs = current.readyMs === undefined ? 0 : nowMs - current.readyMs;
    const planned = this.#restarts.crashed(exit.code, readyMs);
    if (planned === null) return;
    this.#options.record('node.restarting', { count: planned.count, afterMs: planned.waitMs });
  }

  #watch(current: () => Incarnation): LoopWatch {
    return new LoopWatch({
      program: this.#program,
      spawned: () => current().spawned,
      send: (message) => this.#send(message),
      isPaused: () => this.state === 'paused',
      onLate: (sentMs) => {
        if (this.state === 'ready') void this.#slow(current(), sentMs);
      },
      onAnswer: (sentMs) => this.#answered(current(), sentMs),
    });
  }

  async #slow(current: Incarnation, sinceMs: number): Promise<void> {
    const isStill = (): boolean => this.#current === current && this.state === 'slow';
    this.state = 'slow';
    const { whySlow } = this.faults;
    this.reason = whySlow ?? `its event loop does not answer${this.#onItsCpu()}`;
    const place = whySlow === undefined ? await current.watch.findPlace() : null;
    if (!isStill()) return;
    if (place !== null) this.reason = `its event loop is busy at ${place}${this.#onItsCpu()}`;
    current.isRecordedSlow = true;
    this.#options.record('node.slow', {
      reason: this.reason,
      ...(place === null ? {} : { place }),
      forMs: Math.round(trueNowMs() - sinceMs),
    });
  }

  #answered(current: Incarnation, sentMs: number | null): void {
    if (this.state !== 'slow') return;
    if (current.isRecordedSlow) {
      current.isRecordedSlow = false;
      this.#recovered(sentMs ?? trueNowMs());
    } else {
      this.state = 'ready';
      this.reason = null;
    }
  }

  #recovered(slowSinceMs: number): void {
    this.state = 'ready';
    this.reason = null;
    this.#options.record('node.recovered', { afterMs: Math.round(trueNowMs() - slowSinceMs) });
  }

  #watchLink(current: () => Incarnation): LinkWatch {
    return new LinkWatch({
      onDown: (reason, atMs) =>
        this.#options.record(
          'link.down',
          { incarnation: current().number, ...(reason === undefined ? {} : { reason }) },
          atMs,
        ),
      onLost: (lost) => this.#unlinked(lost),
    });
  }

  /** Only for foreign programs: one with the SDK rejoins automatically. */
  #unlinked({ sinceMs }: LostLink): void {
    const { unreachable } = this;
    if (this.state !== 'ready' || unreachable === null) return;
    this.state = 'slow';
    this.reason = unreachable;
    this.#options.record('node.slow', {
      reason: unreachable,
      forMs: Math.round(trueNowMs() - sinceMs),
    });
  }
}

/** Why a node is not ready in time, from the state of its process. */
function whyUnready(
  found: {
    readonly isConfigured: boolean;
    readonly isBlocked: boolean;
    readonly place: string | null;
  },
  program: ProgramSource,
): string {
  if (!found.isConfigured) return 'the router is not up';
  if (program.kind === 'command') return 'it has not joined the router at $FAULTLINE_LINK';
  if (found.place !== null) return `it is busy at ${found.place}`;
  return found.isBlocked
    ? 'its event loop does not answer'
    : `the promise returned by the function of ${program.label} has not resolved`;
}

function crashFault(crash: CrashWhen | null): NodeFault | undefined {
  if (crash === null) return undefined;
  const when = formatCrashPoint(crash.point);
  const later =
    crash.after === 0 ? '' : `, after ${crash.after} ${crash.after === 1 ? 'time' : 'times'}`;
  const facts = { when, after: crash.after };
  return { kind: 'crash', explains: `will crash: ${when}${later}`, endsInMs: null, facts };
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
