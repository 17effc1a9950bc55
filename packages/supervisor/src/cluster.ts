/**
 * A cluster: the router, the nodes, and the operations on them. The control API is a thin layer over
 * this class; so are tests in this process.
 *
 * It selects the targets of an action and checks that the action is possible. `Members`, `Rules`,
 * `Clocks`, `Disks` and each node perform it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ClusterAnswerOf,
  type ClusterOptionsOf,
  type ClusterVerbName,
  clusterVerbs,
  type EventFacts,
  type EventKind,
  type EventReport,
  type NodeEventKind,
  type NodeVerbName,
  nodeVerbs,
  type OptionsOf,
  type ProgramWords,
  type RecordEvent,
  withVerbMethods,
} from '@faultline/actions';
import { skewed } from '@faultline/clocks';
import {
  type Body,
  type CallResult,
  type ClusterStatus,
  type DryRun,
  type FateEvent,
  FaultlineError,
  type GeographyInForce,
  type HeldMessages,
  type HeldQuery,
  inexactNumber,
  type KeptDisks,
  type LinkClosed,
  type LogLines,
  type NodeConfig,
  type NodeStatus,
  parseDuration,
  type RouterEventKind,
  type RouterStats,
  type RuleStatus,
  type RulesChanged,
  type TraceLevel,
  type TraceQuery,
} from '@faultline/protocol';
import { readLosses, readTrace, trueNowMs } from '@faultline/recording';
import { type ClusterParts, prepared } from './actions/perform.ts';
import { clusterPerformers, nodePerformers } from './actions/performers.ts';
import { Clocks } from './clocks/clocks.ts';
import type { ReadWeather } from './clocks/weather.ts';
import { CpuLimits } from './cpu/cpu-limits.ts';
import { faultsOf } from './disks/disk-change.ts';
import { Disks } from './disks/disks.ts';
import { notSent, type OnSent } from './members/caller.ts';
import { Members } from './members/members.ts';
import { NodeNames } from './members/node-names.ts';
import { Selection } from './members/selection.ts';
import type { RestartPolicy } from './nodes/back-off.ts';
import { NodeProcess } from './nodes/node-process.ts';
import { requireSdk } from './nodes/require-sdk.ts';
import type { ClusterMark } from './processes/mark.ts';
import { RouterProcess } from './processes/router-process.ts';
import { usageOf } from './processes/usage.ts';
import type { ProgramSource } from './programs/program.ts';
import { Geographies } from './rules/geographies.ts';
import { Holds } from './rules/holds.ts';
import { type MakeChange, Rules } from './rules/rules.ts';
import { onDisk } from './state/disk-errors.ts';
import type { History } from './state/history.ts';
import type { Recorder } from './state/recorder.ts';

export interface ClusterOptions {
  readonly name: string;
  readonly seed: string;
  readonly nodeCount: number;
  readonly program: ProgramSource;
  readonly settings: Readonly<Record<string, string>>;
  /** The initial weather of all clocks. */
  readonly clocks: ReadWeather;
  readonly vector: boolean;
  /** Members sign what they send. */
  readonly sign: boolean;
  readonly trace: TraceLevel;
  /** Per body, if bodies are recorded. */
  readonly traceBodyBytesMax: number;
  readonly queueBytesMax: number;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly runDir: string;
  readonly nodesDir: string;
  /** Disks kept from an earlier run. */
  readonly keptDisks: KeptDisks | null;
  /** The first programs of nodes that do not run `program`, by node name. */
  readonly programs: ReadonlyMap<string, ProgramSource>;
  /** Bundles a ready program or a file, or finds a command by its words. */
  readonly loadProgram: (program: ProgramWords) => Promise<ProgramSource>;
  readonly restart: RestartPolicy;
  readonly routerBundle: string;
  /** Holds the tool's own bundles. */
  readonly cacheDir: string;
  /** Carried by every process. */
  readonly mark: ClusterMark;
  readonly epoch: { readonly trueMs: number; readonly wallMs: number };
  readonly recorder: Recorder;
  readonly history: History;
  readonly onGroup: (change: 'add' | 'gone', group: number) => void;
}

const callTimeoutDefault = '2s';
/** Number of message ids that one event lists; the trace has them all. */
const idsListedMax = 20;
const nodesTraceBytesMax = 1024 * 1024 * 1024;
const nodeTraceBytesMin = 8 * 1024 * 1024;
/** Limit of the wait for nodes to rejoin: some may never do so. */
const rejoinMsMax = 5000;

export class Cluster extends withVerbMethods<NodeStatus[]>() {
  readonly #options: ClusterOptions;
  readonly #recorder: Recorder;
  readonly #nodes = new Map<string, NodeProcess>();
  readonly #router: RouterProcess;
  readonly #members: Members;
  readonly #selection: Selection;
  readonly #rules: Rules;
  readonly #holds: Holds;
  readonly #geographies: Geographies;
  readonly #clocks: Clocks;
  readonly #disks: Disks;
  readonly #cpus: CpuLimits;
  /** For the performers of verbs. */
  readonly #parts: ClusterParts;
  readonly #names = new NodeNames();
  #isStopping = false;

  /** Starts no process, so that an error leaves nothing running without an owner. */
  constructor(options: ClusterOptions) {
    super();
    const { recorder, seed, sign, runDir } = options;
    this.#options = options;
    this.#recorder = recorder;
    const record: RecordEvent = (...event) => recorder.record(...event);
    onDisk(`create the run's directory ${runDir}`, () =>
      mkdirSync(join(runDir, 'logs'), { recursive: true, mode: 0o700 }),
    );
    this.#router = new RouterProcess({
      bundlePath: options.routerBundle,
      mark: options.mark,
      configure: () => ({
        seed,
        secret: this.#members.secret,
        sign,
        members: this.#members.list(),
        rules: this.#rules.forRouter(),
        traceDir: this.#traceDir,
        traceBodyBytesMax: options.trace === 'full' ? options.traceBodyBytesMax : 0,
        queueBytesMax: options.queueBytesMax,
      }),
      record,
      onGroup: options.onGroup,
      onLink: (...link) => this.#onLink(...link),
      onEvent: (report, atMs) => this.#onRouterEvent(report, atMs),
      onMoved: (port) => this.#clocks.redirect(this.#members.redirect(port)),
      onDied: () => {
        this.#members.allLinksDown();
        for (const node of this.#nodes.values()) node.routerDied();
      },
      onRestarted: (sinceMs) => {
        for (const node of this.#nodes.values()) node.routerIsBack();
        void this.#recordLosses(sinceMs);
      },
    });
    const nodes = this.#nodes;
    const router = this.#router;
    this.#members = new Members({ sign, nodes, router, record });
    this.#selection = new Selection(seed, nodes, this.#members.clients);
    this.#rules = new Rules({
      seed,
      traceDir: this.#traceDir,
      router,
      selection: this.#selection,
      record,
    });
    this.#geographies = new Geographies(this.#rules);
    this.#holds = new Holds({ router, selection: this.#selection, record });
    this.#clocks = new Clocks({
      seed,
      epoch: options.epoch,
      weather: options.clocks,
      nodeOf: (id) => nodes.get(id),
      record,
      timeServerUrl: () => this.#members.timeServerUrl(),
    });
    this.#disks = new Disks({ seed, dir: options.nodesDir, record });
    this.#cpus = new CpuLimits(options.cacheDir);
    const first = this.#names.next(options.nodeCount);
    this.#parts = {
      nodes,
      members: this.#members,
      names: this.#names,
      selection: this.#selection,
      clocks: this.#clocks,
      disks: this.#disks,
      rules: this.#rules,
      geographies: this.#geographies,
      holds: this.#holds,
      record,
      first,
      weather: options.clocks.text,
      onNodes: this,
      stats: () => router.stats(),
      newNode: (id, fromMs) => this.#newNode(id, fromMs),
      loadProgram: (program) => this.#loadProgram(program),
      requireUp: () => this.#requireUp(),
    };
    for (const name of first) {
      const node = this.#newNode(name, options.epoch.trueMs);
      const own = options.programs.get(name);
      if (own !== undefined) node.run(own);
    }
  }

  /**
   * Starts all nodes. Resolves when each start has ended, successfully or not. Throws if the router
   * cannot be started.
   */
  async up(): Promise<void> {
    this.#router.start();
    const nodes = [...this.#nodes.values()];
    for (const node of nodes) node.start();
    await this.#router.whenReady;
    await Promise.all(nodes.map((node) => node.settled));
  }

  async #nodesWithUsage(): Promise<NodeStatus[]> {
    const { nodes } = this;
    const used = await usageOf(nodes.flatMap(({ pid }) => pid ?? []));
    return nodes.map((node) => {
      const usage = node.pid === null ? undefined : used.get(node.pid);
      return usage === undefined ? node : { ...node, usage };
    });
  }

  get nodes(): readonly NodeStatus[] {
    return [...this.#nodes.values()].map((node) => node.status());
  }

  /** The selected nodes. A random selector makes its draw. */
  async select(selector: string): Promise<NodeStatus[]> {
    return this.#selection.nodes(selector).map((node) => node.status());
  }

  async status(url: string): Promise<ClusterStatus> {
    const { name, seed, program, settings, runDir, keptDisks, epoch } = this.#options;
    const nowMs = trueNowMs();
    const { state, pid, port, restarts } = this.#router;
    return {
      name,
      seed,
      pid: process.pid,
      url,
      program: program.label,
      settings: { ...settings },
      runDir,
      keptDisks,
      startedAt: new Date(epoch.wallMs).toISOString(),
      uptimeMs: Math.round(nowMs - epoch.trueMs),
      router: { state, pid, port, restarts },
      nodes: await this.#nodesWithUsage(),
      rules: this.rules(),
    };
  }

  /** The rules of the latest geography that are still in force. */
  geographyInForce(): GeographyInForce {
    return this.#geographies.inForce();
  }

  async addRules(specs: readonly Record<string, unknown>[]): Promise<RulesChanged> {
    return this.#changeRules((list, context, nowMs) => list.add(specs, context, nowMs));
  }

  /** `ids`: one id, or several separated by commas. */
  async removeRules(ids: string): Promise<RulesChanged> {
    const listed = [...new Set(ids.split(',').map((id) => id.trim()))];
    return this.#changeRules((list) => list.remove(...listed));
  }

  dryRun(specs: readonly Record<string, unknown>[], messagesMax?: number): Promise<DryRun> {
    return this.#rules.dryRun(specs, messagesMax);
  }

  rules(): RuleStatus[] {
    return this.#rules.list();
  }

  /** The rules with their counts, as far as the router reports them in time. */
  ruleReports(): Promise<RuleStatus[]> {
    return this.#rules.reports();
  }

  async held(query: HeldQuery): Promise<HeldMessages> {
    return this.#holds.list(query);
  }

  stats(): Promise<RouterStats> {
    return this.#router.stats();
  }

  async call(
    selector: string,
    body: { type: string; [key: string]: unknown },
    timeout = callTimeoutDefault,
    client = 'c1',
  ): Promise<CallResult> {
    this.#requireUp();
    const inexact = inexactNumber(body as Body);
    if (inexact !== undefined) {
      throw new FaultlineError(
        'BAD_REQUEST',
        `numbers are exact up to 2^53 - 1: expected a string instead of ${inexact}`,
        { number: String(inexact) },
      );
    }
    const timeoutMs = parseDuration(timeout);
    if (timeoutMs <= 0 || timeoutMs > 600_000) {
      throw new FaultlineError(
        'BAD_DURATION',
        `timeout: expected more than 0 and at most 10m, got ${timeout}`,
        { timeout },
      );
    }
    const node = this.#selection.drawing(() => this.#selection.oneNode(selector));
    return this.#options.history.observe({ client, node, request: body }, (onSent) =>
      this.#call(client, node, body, timeoutMs, onSent),
    );
  }

  /** Makes clients members, and resolves once they have joined the router. Throws ROUTER_DOWN if that takes longer than `withinMs`. */
  async join(clients: readonly string[], withinMs: number): Promise<void> {
    this.#requireUp();
    const late = sleep(withinMs, 'late' as const, { ref: false });
    const missing = new Set(clients);
    const joins = clients.map(async (client) => {
      const caller = await this.#members.caller(client, withinMs);
      await caller?.whenJoined;
      if (caller !== undefined) missing.delete(client);
    });
    await Promise.race([Promise.all(joins), late]);
    if (missing.size === 0) return;
    const names = [...missing];
    throw new FaultlineError(
      'ROUTER_DOWN',
      `${names.join(', ')} did not join the router within ${withinMs} ms: no request was sent; wait until \`status\` shows that the router is up, and start again`,
      { clients: names, withinMs },
    );
  }

  async #call(
    client: string,
    node: string,
    body: { type: string; [key: string]: unknown },
    timeoutMs: number,
    onSent: OnSent,
  ): Promise<CallResult> {
    const startMs = trueNowMs();
    const caller = await this.#members.caller(client, timeoutMs);
    if (caller === undefined) throw notSent(node, body.type, timeoutMs);
    const leftMs = startMs + timeoutMs - trueNowMs();
    const whyNoAnswer = (): string | null => this.#nodes.get(node)?.unreachable ?? null;
    const answer = await caller.call(
      node,
      body,
      { limitMs: timeoutMs, leftMs, whyNoAnswer },
      onSent,
    );
    return {
      node,
      client,
      message: answer.message,
      ms: Math.round(answer.ms * 1000) / 1000,
      body: answer.body as CallResult['body'],
    };
  }

  logs(selector: string, lines: number): LogLines {
    const { epoch } = this.#options;
    const all = this.#selection
      .nodes(selector)
      .flatMap((node) =>
        node.log
          .latest(lines)
          .map(({ atMs, text }) => ({ node: node.id, atMs: atMs - epoch.trueMs, text })),
      );
    return { lines: all.sort((a, b) => a.atMs - b.atMs).slice(-lines) };
  }

  trace(query: TraceQuery): Promise<FateEvent[]> {
    return readTrace(this.#options.runDir, query, trueNowMs());
  }

  /** Takes everything down. A second call kills all processes without a grace period. */
  async down(): Promise<void> {
    const wasStopping = this.#isStopping;
    this.#isStopping = true;
    this.#rules.close();
    this.#clocks.close();
    if (!wasStopping) this.#recorder.record('cluster.stopping', null, {});
    this.#members.close();
    this.#options.mark.close();
    for (const node of this.#nodes.values()) {
      node.cpu.close();
      node.giveUpRestart();
    }
    const running = [...this.#nodes.values()].filter(isRunning);
    await Promise.all(
      running.map((node) => (wasStopping || node.state === 'starting' ? node.kill() : node.stop())),
    );
    await Promise.all([this.#router.stop(), this.#cpus.close()]);
    for (const node of this.#nodes.values()) node.log.close();
    if (!wasStopping) this.#recorder.record('cluster.down', null, {});
  }

  /** Its clock begins at `fromMs`. */
  #newNode(id: string, fromMs: number): NodeProcess {
    const { program, mark, runDir, readyTimeoutMs, stopGraceMs, epoch, onGroup } = this.#options;
    const node = new NodeProcess(
      {
        id,
        program,
        mark,
        logPath: join(runDir, 'logs', `${id}.log`),
        readyTimeoutMs,
        stopGraceMs,
        configure: (_, incarnation) => this.#configure(node, incarnation),
        weather: () => this.#clocks.weatherOf(id),
        sync: () => this.#clocks.syncOf(id),
        record: (kind, facts, atMs) => this.#onNodeEvent(id, kind, facts, atMs),
        onGroup,
        cpus: this.#cpus,
        restart: this.#options.restart,
      },
      skewed.perfect(epoch),
    );
    this.#nodes.set(id, node);
    this.#clocks.begin(node, fromMs);
    return node;
  }

  /** Reads a file again, as it may have changed. The label of the cluster's command also finds it. */
  async #loadProgram(name: ProgramWords): Promise<ProgramSource> {
    const { program, loadProgram } = this.#options;
    return program.kind === 'command' && program.label === name ? program : loadProgram(name);
  }

  /** All nodes together record about as much as the router does. */
  get #nodeTraceBytesMax(): number {
    return Math.max(nodeTraceBytesMin, Math.ceil(nodesTraceBytesMax / this.#nodes.size));
  }

  get #traceDir(): string | null {
    const { trace, runDir } = this.#options;
    return trace === 'off' ? null : runDir;
  }

  async #configure(node: NodeProcess, incarnation: number): Promise<NodeConfig> {
    const { seed, settings, vector } = this.#options;
    const joins = await this.#members.admit(node.id, incarnation);
    const dir = this.#traceDir;
    const { identity, label } = node.program;
    this.#disks.own(node.id, { identity, label, settings });
    // The SDK creates the folder with the first file.
    if (node.program.kind === 'command') this.#disks.make(node.id);
    const [clock, ...clocksToCome] = node.clocksFromNow();
    return {
      id: node.id,
      incarnation,
      ...joins,
      settings,
      seed,
      diskDir: this.#disks.dirOf(node.id),
      vector,
      trace: dir === null ? null : { dir, bytesMax: this.#nodeTraceBytesMax },
      clock,
      clocksToCome,
      crash: node.crash,
      disk: faultsOf(node.disk),
    };
  }

  /** Performs a verb on the cluster; `cluster.heal()` is `cluster.performOnCluster('heal', {})`. */
  override async performOnCluster<Verb extends ClusterVerbName>(
    name: Verb,
    options: ClusterOptionsOf<Verb>,
  ): Promise<ClusterAnswerOf<Verb>> {
    const given = clusterVerbs[name].read(options);
    this.#requireUp();
    return clusterPerformers[name].perform(this.#parts, given);
  }

  /**
   * Performs a verb on nodes; `cluster.pause(nodes)` is `cluster.perform('pause', nodes, {})`. Checks
   * every node before it acts on any, so that a verb is performed on all of them or on none.
   */
  override async perform<Verb extends NodeVerbName>(
    name: Verb,
    selector: string,
    options: OptionsOf<Verb>,
  ): Promise<NodeStatus[]> {
    const { accepts, needsSdk, read } = nodeVerbs[name];
    const performing = await prepared(nodePerformers[name], read(options), this.#parts);
    this.#requireUp();
    const nodes = this.#selection.drawing(() => {
      const named = this.#selection.nodes(selector);
      const unfit = named.filter((node) => !accepts(node));
      if (unfit.length > 0) throw unfitError(unfit);
      if (needsSdk !== undefined) for (const node of named) requireSdk(node, needsSdk);
      performing.check(named);
      return named;
    });
    await performing.perform(nodes);
    return nodes.map((node) => node.status());
  }

  async #changeRules(make: MakeChange): Promise<RulesChanged> {
    this.#requireUp();
    return this.#rules.change(make);
  }

  #onLink(name: string, incarnation: number, closed?: LinkClosed): void {
    this.#members.linkChanged(name, closed === undefined);
    const node = this.#nodes.get(name);
    if (node?.incarnation !== incarnation) return;
    if (closed === undefined) node.linkUp();
    else node.linkDown(closed);
  }

  /** A router has died and a new one runs: records the messages that the first one lost. */
  async #recordLosses(sinceMs: number): Promise<void> {
    const dir = this.#traceDir;
    if (dir === null) return;
    await this.#members.rejoined(rejoinMsMax);
    try {
      // Before the router answers, it has written everything from before the request.
      await this.#router.stats();
      const { count, messages } = await readLosses(dir, sinceMs, idsListedMax);
      this.#recorder.record('router.lost', null, { count, messages });
    } catch {
      // The router died again and its successor will report, or the recording cannot be read.
    }
  }

  #onNodeEvent<K extends NodeEventKind>(
    id: string,
    kind: K,
    facts: EventFacts[K],
    atMs?: number,
  ): void {
    if (kind === 'node.role' || kind in ends) this.#selection.follows(id);
    if (kind === 'node.role' && 'role' in facts && facts.role === 'leader') {
      this.#selection.leads(id);
    }
    this.#recorder.record(kind, id, this.#sinceStart(kind, facts), atMs);
  }

  #onRouterEvent<K extends RouterEventKind>(
    { kind, node, facts }: EventReport<K>,
    atMs: number,
  ): void {
    this.#recorder.record(kind, node, this.#sinceStart(kind, facts), atMs);
  }

  /** Converts true times from processes to times since the start of the run. */
  #sinceStart<K extends EventKind>(kind: K, facts: EventFacts[K]): EventFacts[K] {
    if (kind !== 'trace.discarded') return facts;
    const { trueMs } = this.#options.epoch;
    const { fromMs, untilMs } = facts as EventFacts['trace.discarded'];
    const since = (ms: number | null): number | null =>
      ms === null ? null : Math.round((ms - trueMs) * 1000) / 1000;
    return { ...facts, fromMs: since(fromMs), untilMs: since(untilMs) };
  }

  #requireUp(): void {
    if (this.#isStopping) {
      throw new FaultlineError('CLUSTER_STOPPING', 'the cluster is being taken down', {
        name: this.#options.name,
      });
    }
  }
}

function unfitError(unfit: readonly NodeProcess[]): FaultlineError {
  const runs = unfit[0]!.isRunning;
  return new FaultlineError(
    runs ? 'NODE_ALREADY_RUNNING' : 'NODE_NOT_RUNNING',
    `${unfit.map(({ id, state }) => `${id} is ${state}`).join(', ')}: ${runs ? 'it is already running' : 'start it first'}`,
    { nodes: unfit.map(({ id }) => id) },
  );
}

const ends = { 'node.stopped': true, 'node.killed': true, 'node.crashed': true };
const isRunning = (node: NodeProcess): boolean => node.isRunning;
