/**
 * A cluster: the router, the nodes, the clocks, the rules and the clients, and what may be done to
 * them. The control API is a thin layer over this class; so are tests in this process.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { skewed } from '@faultline/clocks';
import { deriveKey, uniform } from '@faultline/faults';
import {
  type CallResult,
  type ClockChange,
  type ClusterStatus,
  type Crash,
  type DiskChange,
  type DryRun,
  type Exhaust,
  type FateEvent,
  FaultlineError,
  type Geography,
  type Hang,
  type HeldMessages,
  type HeldQuery,
  type LeakMemory,
  type LogLines,
  type Member,
  type NodeConfig,
  type NodeStatus,
  type Partition,
  type Placed,
  parseDuration,
  parseNodes,
  type Release,
  type RouterStats,
  type RuleReport,
  type RuleStatus,
  type RulesChanged,
  resolveNodes,
  type SelectorContext,
  type Slow,
  type StartNodes,
  type TraceLevel,
  type TraceQuery,
  timeServer,
  type ZonePair,
} from '@faultline/protocol';
import { deferred, linkUrl, Signatures, signingKeys, trueNowMs } from '@faultline/protocol/host';
import { readLosses, readTrace } from '@faultline/recording';
import type { RestartPolicy } from './back-off.ts';
import { Caller, notSent, type OnSent } from './caller.ts';
import { ClockDesk } from './clock-desk.ts';
import { concreteLinks } from './concrete-links.ts';
import { CpuLimits } from './cpu-limits.ts';
import { changeDisk, describeDisk, faultsOf } from './disk-change.ts';
import { onDisk } from './disk-errors.ts';
import { rehearse } from './dry-run.ts';
import { type Change, FaultDesk, statusOf } from './fault-desk.ts';
import { type Bit, findBit, flipBit } from './flip-bit.ts';
import { geographyLabel, placeZones } from './geography.ts';
import type { History } from './history.ts';
import { NodeProcess } from './node-process.ts';
import type { ProgramSource } from './program.ts';
import { readHang, readLeak } from './read-ailments.ts';
import { readCrash } from './read-crash.ts';
import { readSlow } from './read-slow.ts';
import type { Recorder } from './recorder.ts';
import { requireSdk } from './require-sdk.ts';
import { RouterProcess } from './router-process.ts';
import type { ReadWeather } from './weather-desk.ts';

export interface ClusterOptions {
  readonly name: string;
  readonly seed: string;
  readonly nodeCount: number;
  readonly program: ProgramSource;
  readonly settings: Readonly<Record<string, string>>;
  /** The weather of all clocks from their start. */
  readonly clocks: ReadWeather;
  readonly vector: boolean;
  /** Members sign what they send. */
  readonly sign: boolean;
  readonly trace: TraceLevel;
  /** Of each body, where bodies are recorded. */
  readonly traceBodyBytesMax: number;
  readonly queueBytesMax: number;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly runDir: string;
  readonly nodesDir: string;
  /** Bundles a ready program or a file. */
  readonly loadProgram: (name: string) => Promise<ProgramSource>;
  readonly restart: RestartPolicy;
  readonly routerBundle: string;
  /** Where the tool's own bundles are. */
  readonly cacheDir: string;
  /** Goes into the environment of every process. */
  readonly env: Readonly<Record<string, string>>;
  readonly epoch: { readonly trueMs: number; readonly wallMs: number };
  readonly recorder: Recorder;
  readonly history: History;
  readonly onGroup: (change: 'add' | 'gone', group: number) => void;
}

const nodesMax = 500;
const clientsMax = 100;
const callTimeoutDefault = '2s';
const heldListed = 100;
const dryRunMessages = 1000;
const reportMsMax = 1000;
/** Ids of messages that one event names; the trace has them all. */
const idsToldMax = 20;
const nodesTraceBytesMax = 1024 * 1024 * 1024;
const nodeTraceBytesMin = 8 * 1024 * 1024;
/** Nodes that are not back by then are not waited for: they may never be. */
const rejoinMsMax = 5000;

export class Cluster {
  readonly #options: ClusterOptions;
  readonly #recorder: Recorder;
  readonly #secret = randomBytes(32).toString('base64url');
  readonly #nodes = new Map<string, NodeProcess>();
  readonly #clients = new Set<string>();
  /** Those of the clients that have called already. */
  readonly #callers = new Map<string, Caller>();
  readonly #router: RouterProcess;
  readonly #faults: FaultDesk;
  readonly #clocks: ClockDesk;
  readonly #cpus: CpuLimits;
  /** Bits that were flipped on each node's disk. */
  readonly #flips = new Map<string, number>();
  readonly #selectorKey: ReturnType<typeof deriveKey>;
  #draws = 0;
  #lastNumber = 0;
  /** Nodes that say they lead, in the order in which they said so. */
  readonly #leaders = new Set<string>();
  /** Members whose link is up. */
  readonly #linked = new Set<string>();
  #isStopping = false;
  #onRejoined: () => void = () => {};
  #expiryTimer: NodeJS.Timeout | undefined;

  /** Starts no process: where it throws, nothing runs that nobody could take down. */
  constructor(options: ClusterOptions) {
    const { recorder } = options;
    this.#options = options;
    this.#recorder = recorder;
    this.#faults = new FaultDesk(options.seed);
    this.#clocks = new ClockDesk({
      seed: options.seed,
      epoch: options.epoch,
      weather: options.clocks,
      nodeOf: (id) => this.#nodes.get(id),
      record: (kind, node, facts, atMs) => recorder.record(kind, node, facts, atMs),
      timeServerUrl: async () => this.#timeServerUrl(await this.#router.whenReady),
    });
    this.#cpus = new CpuLimits(options.cacheDir);
    this.#selectorKey = deriveKey(options.seed, 'selectors', '', '');
    onDisk(`make the run's directory ${options.runDir}`, () =>
      mkdirSync(join(options.runDir, 'logs'), { recursive: true, mode: 0o700 }),
    );
    this.#router = new RouterProcess({
      bundlePath: options.routerBundle,
      env: options.env,
      configure: () => ({
        seed: options.seed,
        secret: this.#secret,
        sign: options.sign,
        members: this.#members(),
        rules: this.#faults.forRouter(),
        traceDir: options.trace === 'off' ? null : options.runDir,
        traceBodyBytesMax: options.trace === 'full' ? options.traceBodyBytesMax : 0,
        queueBytesMax: options.queueBytesMax,
      }),
      record: (kind, facts, atMs) => recorder.record(kind, null, facts, atMs),
      onGroup: options.onGroup,
      onLink: (name, incarnation, isUp) => this.#onLink(name, incarnation, isUp),
      onEvent: (kind, facts, atMs) => this.#onRouterEvent(kind, facts, atMs),
      onMoved: () => this.#redirect(),
      onDied: () => this.#linked.clear(),
      onRestarted: (sinceMs) => void this.#tellLosses(sinceMs),
    });
    for (let i = 0; i < options.nodeCount; i++) this.#newNode();
  }

  /**
   * Starts all nodes. Resolves when each start has come to an end, one way or another. Throws where
   * the router cannot be started.
   */
  async start(): Promise<void> {
    this.#router.start();
    const nodes = [...this.#nodes.values()];
    for (const node of nodes) node.start();
    await this.#router.whenReady;
    await Promise.all(nodes.map((node) => node.settled));
  }

  get nodes(): readonly NodeStatus[] {
    return [...this.#nodes.values()].map((node) => node.status());
  }

  /** The nodes that are meant. A selector that draws, draws. */
  async select(selector: string): Promise<NodeStatus[]> {
    return this.#select(selector).map((node) => node.status());
  }

  status(url: string): ClusterStatus {
    const { name, seed, program, settings, runDir, epoch } = this.#options;
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
      startedAt: new Date(epoch.wallMs).toISOString(),
      uptimeMs: Math.round(nowMs - epoch.trueMs),
      router: { state, pid, port, restarts },
      nodes: [...this.nodes],
      rules: this.rules(),
    };
  }

  async add(count: number): Promise<NodeStatus[]> {
    this.#requireUp();
    if (this.#nodes.size + count > nodesMax) {
      throw new FaultlineError(
        'BAD_REQUEST',
        `a cluster has at most ${nodesMax} nodes; this one has ${this.#nodes.size} and was to get ${count} more`,
        { nodes: this.#nodes.size, count, nodesMax },
      );
    }
    const added = Array.from({ length: count }, () => this.#newNode());
    await this.#membersChanged();
    await Promise.all(added.map((node) => this.#startNode(node)));
    return added.map((node) => node.status());
  }

  async remove(selector: string): Promise<NodeStatus[]> {
    const removed = this.#select(selector);
    for (const node of removed) this.#nodes.delete(node.id);
    await this.#membersChanged();
    await Promise.all(removed.filter(isRunning).map((node) => node.stop()));
    for (const node of removed) {
      node.giveUpRestart();
      this.#leaders.delete(node.id);
      this.#clocks.forget(node.id);
      this.#recorder.record('node.removed', node.id);
      node.cpu.close();
      node.log.close();
    }
    return removed.map((node) => node.status());
  }

  kill(selector: string): Promise<NodeStatus[]> {
    return this.#each(selector, (node) => node.kill(), isAtWork);
  }

  stop(selector: string): Promise<NodeStatus[]> {
    return this.#each(selector, (node) => node.stop(), isAtWork);
  }

  async startNodes(selector: string, { wipe, program }: StartNodes = {}): Promise<NodeStatus[]> {
    const source = await this.#program(program);
    return this.#each(selector, (node) => this.#startNode(node, wipe, source), isNotRunning);
  }

  /** A program that cannot be run is found out before anything is killed. */
  async restart(selector: string, { wipe, program }: StartNodes = {}): Promise<NodeStatus[]> {
    const source = await this.#program(program);
    return this.#each(selector, async (node) => {
      if (node.isRunning) await node.kill();
      await this.#startNode(node, wipe, source);
    });
  }

  pause(selector: string): Promise<NodeStatus[]> {
    return this.#each(selector, (node) => node.pause(), isRunning);
  }

  resume(selector: string): Promise<NodeStatus[]> {
    return this.#each(selector, (node) => node.resume(), isRunning);
  }

  slow(selector: string, slow: Slow): Promise<NodeStatus[]> {
    const asked = readSlow(slow);
    return this.#each(selector, async (node) => {
      if (asked === 'off') await node.cpu.end('on request');
      else await node.cpu.set(asked.share, asked.forMs);
    });
  }

  hang(selector: string, asked: Hang): Promise<NodeStatus[]> {
    const forMs = readHang(asked);
    return this.#each(
      selector,
      (node) => node.ailments.hang(forMs),
      isRunning,
      (node) => requireSdk(node, 'it has no event loop of ours to block; `pause` stops all of it'),
    );
  }

  leak(selector: string, asked: LeakMemory): Promise<NodeStatus[]> {
    const leak = readLeak(asked, this.#countOf(selector));
    return this.#each(
      selector,
      (node) => node.ailments.leak(leak),
      isRunning,
      (node) => requireSdk(node, 'nobody in it would hold the memory'),
    );
  }

  exhaust(selector: string, { descriptors, off }: Exhaust): Promise<NodeStatus[]> {
    if (off === true && descriptors !== undefined) {
      throw new FaultlineError('BAD_REQUEST', 'off closes them: it takes nothing beside it');
    }
    const count = off === true ? 'off' : (descriptors ?? null);
    return this.#each(selector, (node) => node.exhaust(count), isRunning);
  }

  /** Crashes nodes at a point of what they do, once each. */
  crash(selector: string, asked: Crash): Promise<NodeStatus[]> {
    const when = readCrash(asked);
    return this.#each(
      selector,
      (node) => node.crashAt(when),
      undefined,
      (node) => requireSdk(node, 'nobody sees what it does; `kill` ends it at any time'),
    );
  }

  /** Whatever is wrong is found out before the first disk is touched. */
  async disk(selector: string, change: DiskChange): Promise<NodeStatus[]> {
    this.#requireUp();
    const { flip } = change;
    const { nodes, next, flips } = this.#drawing(() => {
      const named = this.#select(selector);
      for (const node of named) {
        requireSdk(node, "its disk is the machine's and cannot be made to fail");
      }
      return {
        nodes: named,
        next: named.map((node) => changeDisk(node.disk, change)),
        flips: flip === undefined ? [] : named.map((node) => this.#findBit(node, flip)),
      };
    });
    const heard: Promise<void>[] = [];
    for (const [i, node] of nodes.entries()) {
      const disk = next[i]!;
      if (disk !== node.disk) {
        heard.push(node.setDisk(disk));
        this.#recorder.record('disk.changed', node.id, { change, describes: describeDisk(disk) });
      }
      const bit = flips[i];
      if (bit === undefined) continue;
      onDisk(`flip a bit on the disk of ${node.id}`, () => flipBit(bit));
      this.#recorder.record('disk.flipped', node.id, { ...bit });
    }
    await Promise.all(heard);
    return nodes.map((node) => node.status());
  }

  #findBit(node: NodeProcess, file: string): Bit {
    const count = (this.#flips.get(node.id) ?? 0) + 1;
    this.#flips.set(node.id, count);
    const key = deriveKey(this.#options.seed, 'flip', node.id, file);
    const draw = (which: number): number => uniform(key, count, which);
    return onDisk(`read the disk of ${node.id}`, () =>
      findBit(node.id, this.#diskDir(node.id), file, draw),
    );
  }

  async clock(selector: string, change: ClockChange): Promise<NodeStatus[]> {
    this.#requireUp();
    const nodes = this.#drawing(() => {
      const named = this.#select(selector);
      this.#clocks.check(named, change);
      return named;
    });
    await this.#clocks.change(nodes, change);
    return nodes.map((node) => node.status());
  }

  async partition(partition: Partition): Promise<RulesChanged> {
    return this.#apply((context, nowMs) => this.#faults.partition(partition, context, nowMs));
  }

  async geography(geography: Geography): Promise<Placed> {
    let pairs: readonly ZonePair[] = [];
    const changed = await this.#apply((context, nowMs) => {
      const placed = placeZones(geography, context);
      pairs = placed.pairs;
      return this.#faults.replace(geographyLabel, placed.rules, context, nowMs);
    });
    return { ...changed, pairs: [...pairs] };
  }

  async endGeography(): Promise<RulesChanged> {
    return this.#apply((context, nowMs) =>
      this.#faults.replace(geographyLabel, [], context, nowMs),
    );
  }

  async heal(): Promise<RulesChanged> {
    return this.#apply(() => this.#faults.clear());
  }

  async addRules(specs: readonly Record<string, unknown>[]): Promise<RulesChanged> {
    return this.#apply((context, nowMs) => this.#faults.add(specs, context, nowMs));
  }

  async dryRun(
    specs: readonly Record<string, unknown>[],
    messagesMax = dryRunMessages,
  ): Promise<DryRun> {
    const { runDir, trace } = this.#options;
    if (trace === 'off') {
      throw new FaultlineError(
        'BAD_REQUEST',
        'this cluster runs with --trace off: there are no recorded messages to try rules on',
      );
    }
    const nowMs = trueNowMs();
    const draws = this.#draws;
    const { rules, added } = this.#faults.rehearse(specs, this.#context(), nowMs);
    // What is only tried draws for itself: `random:1` is somebody else when it is meant.
    this.#draws = draws;
    // A message that waited has two fates.
    const fates = await readTrace(runDir, { limit: 3 * messagesMax }, nowMs);
    const tried = new Set(added.map(({ id }) => id));
    const rehearsed = rehearse(fates, rules, tried, messagesMax);
    const reports = new Map(rules.reports().map((report) => [report.rule, report]));
    return {
      ...rehearsed,
      outcomes: { ...rehearsed.outcomes },
      messages: [...rehearsed.messages],
      rules: added.map((rule) => {
        const { rule: _rule, ...report } = reports.get(rule.id)!;
        return { ...statusOf(rule, nowMs), report: report as RuleReport };
      }),
    };
  }

  /** `ids`: one, or several with commas between. */
  async removeRules(ids: string): Promise<RulesChanged> {
    const wanted = [...new Set(ids.split(',').map((id) => id.trim()))];
    return this.#apply(() => this.#faults.remove(...wanted));
  }

  /** The rules with what each has done, as far as the router tells in time. */
  async ruleReports(): Promise<RuleStatus[]> {
    const asked = this.#router.reports().catch(() => null);
    const reports = await Promise.race([asked, sleep(reportMsMax, null, { ref: false })]);
    return this.rules().map((rule) => {
      const report = reports?.find((one) => one.rule === rule.id);
      if (report === undefined) return { ...rule, report: null };
      const { rule: _rule, ...counts } = report as unknown as RuleReport & { rule: string };
      return { ...rule, report: counts };
    });
  }

  rules(): RuleStatus[] {
    this.#expireRules();
    return this.#faults.status(trueNowMs());
  }

  held({ links, limit = heldListed }: HeldQuery): Promise<HeldMessages> {
    return this.#router.held(this.#concrete(links), limit);
  }

  async release({ links, messages }: Release): Promise<number> {
    if (messages !== undefined) {
      if (links !== undefined) {
        throw new FaultlineError('BAD_REQUEST', 'links or messages are released, not both at once');
      }
      const released = await this.#router.releaseMessages(messages);
      const told = messages.slice(0, idsToldMax);
      this.#recorder.record('messages.released', null, { messages: told, released });
      return released;
    }
    const concrete = this.#concrete(links);
    const released = await this.#router.release(concrete);
    this.#recorder.record('messages.released', null, { links: concrete ?? 'all', released });
    return released;
  }

  /** Links as the router knows them; null stands for all. */
  #concrete(links: string | undefined): string | null {
    return links === undefined ? null : concreteLinks(links, this.#context());
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
    const timeoutMs = parseDuration(timeout);
    if (timeoutMs <= 0 || timeoutMs > 600_000) {
      throw new FaultlineError(
        'BAD_DURATION',
        `a timeout is above 0 and at most 10m, not ${timeout}`,
        { timeout },
      );
    }
    const node = this.#drawing(() => this.#oneNode(selector));
    return this.#options.history.observe({ client, node, request: body }, (onSent) =>
      this.#call(client, node, body, timeoutMs, onSent),
    );
  }

  #oneNode(selector: string): string {
    const nodes = this.#select(selector);
    if (nodes.length === 1) return nodes[0]!.id;
    throw new FaultlineError(
      'BAD_SELECTOR',
      `a call goes to one node; ${selector} names ${nodes.length}`,
      { selector },
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
    const caller =
      this.#callers.get(client) ??
      (await Promise.race([this.#caller(client), sleep(timeoutMs, undefined, { ref: false })]));
    if (caller === undefined) throw notSent(node, body.type, timeoutMs);
    const answer = await caller.call(node, body, startMs + timeoutMs - trueNowMs(), onSent);
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
    const all = this.#select(selector).flatMap((node) =>
      node.log
        .latest(lines)
        .map(({ atMs, text }) => ({ node: node.id, atMs: atMs - epoch.trueMs, text })),
    );
    return { lines: all.sort((a, b) => a.atMs - b.atMs).slice(-lines) };
  }

  trace(query: TraceQuery): Promise<FateEvent[]> {
    return readTrace(this.#options.runDir, query, trueNowMs());
  }

  /** Takes everything down. May be called again; the second time nobody is given time. */
  async down(): Promise<void> {
    const wasStopping = this.#isStopping;
    this.#isStopping = true;
    clearTimeout(this.#expiryTimer);
    this.#clocks.close();
    if (!wasStopping) this.#recorder.record('cluster.stopping', null);
    for (const caller of this.#callers.values()) caller.close();
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
    if (!wasStopping) this.#recorder.record('cluster.down', null);
  }

  #newNode(): NodeProcess {
    const { program, env, runDir, readyTimeoutMs, stopGraceMs, epoch, onGroup } = this.#options;
    const id = `n${++this.#lastNumber}`;
    const node = new NodeProcess(
      {
        id,
        program,
        env,
        logPath: join(runDir, 'logs', `${id}.log`),
        readyTimeoutMs,
        stopGraceMs,
        configure: (_, incarnation) => this.#configure(node, incarnation),
        weather: () => this.#clocks.weatherOf(id),
        sync: () => this.#clocks.syncOf(id),
        record: (kind, facts, atMs) => this.#onNodeFact(id, kind, facts, atMs),
        onGroup,
        cpus: this.#cpus,
        restart: this.#options.restart,
      },
      skewed.perfect(epoch),
    );
    this.#nodes.set(id, node);
    // The first nodes' clocks begin with the cluster, those of others with them.
    const isFirst = this.#lastNumber <= this.#options.nodeCount;
    this.#clocks.begin(node, isFirst ? epoch.trueMs : trueNowMs());
    return node;
  }

  #timeServerUrl(port: number): string {
    return linkUrl(port, this.#secret, timeServer, 1);
  }

  /** A file is read anew: it may be another version by now. A command is known by its words only. */
  async #program(name: string | undefined): Promise<ProgramSource | undefined> {
    if (name === undefined) return undefined;
    const { program, loadProgram } = this.#options;
    return program.kind === 'command' && program.label === name ? program : loadProgram(name);
  }

  async #startNode(node: NodeProcess, wipe = false, program?: ProgramSource): Promise<void> {
    this.#requireUp();
    if (wipe) {
      onDisk(`wipe the disk of ${node.id}`, () =>
        rmSync(this.#diskDir(node.id), { recursive: true, force: true }),
      );
    }
    if (program !== undefined) node.run(program);
    node.start();
    await node.settled;
  }

  /** All nodes together record about as much as the router does. */
  get #nodeTraceBytesMax(): number {
    return Math.max(nodeTraceBytesMin, Math.ceil(nodesTraceBytesMax / this.#nodes.size));
  }

  #diskDir(id: string): string {
    return join(this.#options.nodesDir, id);
  }

  async #configure(node: NodeProcess, incarnation: number): Promise<NodeConfig> {
    const { seed, settings, vector, trace, runDir } = this.#options;
    const port = await this.#router.whenReady;
    await this.#router.setMembers(this.#members());
    return {
      id: node.id,
      incarnation,
      members: [...this.#nodes.keys()],
      settings,
      seed,
      linkUrl: linkUrl(port, this.#secret, node.id, incarnation),
      diskDir: this.#diskDir(node.id),
      vector,
      ...this.#signing(node.id),
      trace: trace === 'off' ? null : { dir: runDir, bytesMax: this.#nodeTraceBytesMax },
      clock: node.clock,
      crash: node.crash,
      disk: faultsOf(node.disk),
    };
  }

  /** What a node is told of keys: nothing in a cluster that does not sign. */
  #signing(name: string): Pick<NodeConfig, 'signing'> {
    if (!this.#options.sign) return {};
    return { signing: signingKeys(this.#secret, name, [...this.#nodes.keys()]) };
  }

  #signatures(client: string): Signatures | undefined {
    if (!this.#options.sign) return undefined;
    return Signatures.ofInsider(this.#secret, client, (name) => !this.#nodes.has(name));
  }

  #members(): Member[] {
    const nodes = [...this.#nodes.values()].map(
      ({ id, incarnation }): Member => ({ name: id, kind: 'node', incarnation }),
    );
    const clients = [timeServer, ...this.#clients].map(
      (name): Member => ({ name, kind: 'client', incarnation: 1 }),
    );
    return [...nodes, ...clients];
  }

  async #membersChanged(): Promise<void> {
    await this.#router.setMembers(this.#members());
    const names = [...this.#nodes.keys()];
    for (const node of this.#nodes.values()) {
      node.setMembers(names, this.#signing(node.id).signing);
    }
    this.#recorder.record('members.changed', null, { nodes: names });
  }

  async #caller(name: string): Promise<Caller> {
    const known = this.#callers.get(name);
    if (known !== undefined) return known;
    if (this.#clients.size >= clientsMax) {
      throw new FaultlineError('BAD_REQUEST', `a cluster has at most ${clientsMax} clients`, {
        clientsMax,
      });
    }
    // A member from now on, so that nobody else who tells the router of a change leaves it out.
    this.#clients.add(name);
    const port = await this.#router.whenReady;
    await this.#router.setMembers(this.#members());
    const caller =
      this.#callers.get(name) ??
      new Caller(name, 1, linkUrl(port, this.#secret, name, 1), {
        signatures: this.#signatures(name),
        onForged: ({ src, type }) =>
          this.#recorder.record('message.forged', null, { client: name, src, type }),
      });
    this.#callers.set(name, caller);
    return caller;
  }

  #redirect(): void {
    const port = this.#router.port!;
    for (const node of this.#nodes.values()) {
      node.redirect(linkUrl(port, this.#secret, node.id, node.incarnation));
    }
    this.#clocks.redirect(this.#timeServerUrl(port));
    for (const caller of this.#callers.values()) {
      caller.redirect(linkUrl(port, this.#secret, caller.name, 1));
    }
  }

  #select(selector: string): NodeProcess[] {
    return resolveNodes(parseNodes(selector), this.#context()).map((id) => {
      const node = this.#nodes.get(id);
      if (node === undefined) {
        throw new FaultlineError('NODE_UNKNOWN', `${id} is a client; this is about nodes`, {
          node: id,
        });
      }
      return node;
    });
  }

  /** How many nodes are named, without drawing any. */
  #countOf(selector: string): number {
    const context = {
      ...this.#context(),
      pick: (count: number, from: readonly string[]) => from.slice(0, count),
    };
    return resolveNodes(parseNodes(selector), context).length;
  }

  /** Checks every node before it touches one, so that what cannot be done to all is done to none. */
  async #each(
    selector: string,
    act: (node: NodeProcess) => void | Promise<void>,
    accepts: (node: NodeProcess) => boolean = () => true,
    check: (node: NodeProcess) => void = () => {},
  ): Promise<NodeStatus[]> {
    this.#requireUp();
    const nodes = this.#drawing(() => {
      const named = this.#select(selector);
      const unfit = named.filter((node) => !accepts(node));
      if (unfit.length > 0) throw unfitError(unfit);
      for (const node of named) check(node);
      return named;
    });
    await Promise.all(nodes.map(act));
    return nodes.map((node) => node.status());
  }

  async #apply(make: (context: SelectorContext, nowMs: number) => Change): Promise<RulesChanged> {
    this.#requireUp();
    const change = await this.#faults.commit(
      () => this.#drawing(() => make(this.#context(), trueNowMs())),
      (rules) => this.#router.setRules(rules),
    );
    const nowMs = trueNowMs();
    const added = change.added.map((rule) => statusOf(rule, nowMs));
    const removed = change.removed.map((rule) => statusOf(rule, nowMs));
    for (const { id, explains } of removed) {
      this.#recorder.record('rule.removed', null, { rule: id, explains });
    }
    for (const { id, explains, spec } of added) {
      this.#recorder.record('rule.added', null, { rule: id, explains, spec });
    }
    this.#expireRules();
    return { added, removed };
  }

  /** What is refused has drawn nothing: the next `random:1` is the same as without it. */
  #drawing<T>(act: () => T): T {
    const draws = this.#draws;
    try {
      return act();
    } catch (error) {
      this.#draws = draws;
      throw error;
    }
  }

  #context(): SelectorContext {
    return {
      nodes: [...this.#nodes.keys()],
      // The one that calls where nobody says which: there is no cluster without it.
      clients: [...new Set(['c1', timeServer, ...this.#clients])],
      leader: [...this.#leaders].at(-1),
      pick: (count, among) => this.#pick(count, among),
    };
  }

  /** Draws without putting back; the same seed and the same n-th draw pick the same. */
  #pick(count: number, among: readonly string[]): string[] {
    const left = [...among];
    const draw = ++this.#draws;
    return Array.from({ length: Math.min(count, left.length) }, (_, i) => {
      const at = Math.floor(uniform(this.#selectorKey, draw, i) * left.length);
      return left.splice(at, 1)[0]!;
    });
  }

  #onLink(name: string, incarnation: number, isUp: boolean): void {
    if (isUp) this.#linked.add(name);
    else this.#linked.delete(name);
    if (this.#hasRejoined()) this.#onRejoined();
    const node = this.#nodes.get(name);
    if (node?.incarnation !== incarnation) return;
    this.#recorder.record(isUp ? 'link.up' : 'link.down', name, { incarnation });
    if (isUp) node.linkUp();
  }

  #hasRejoined(): boolean {
    const nodes = [...this.#nodes.values()].filter(({ state }) => state === 'ready');
    const names = [...nodes.map(({ id }) => id), ...this.#callers.keys()];
    return names.every((name) => this.#linked.has(name));
  }

  /** A router has died and another one runs: records what went down with the first. */
  async #tellLosses(sinceMs: number): Promise<void> {
    const { trace, runDir } = this.#options;
    if (trace === 'off') return;
    const rejoined = deferred();
    this.#onRejoined = rejoined.resolve;
    if (this.#hasRejoined()) rejoined.resolve();
    await Promise.race([rejoined.promise, sleep(rejoinMsMax, null, { ref: false })]);
    try {
      // What the router has answered before, it has written before.
      await this.#router.stats();
      const { count, messages } = await readLosses(runDir, sinceMs, idsToldMax);
      this.#recorder.record('router.lost', null, { count, messages });
    } catch {
      // It died again, and the next one will tell; or its recording cannot be read.
    }
  }

  #onNodeFact(id: string, kind: string, facts?: Record<string, unknown>, atMs?: number): void {
    if (kind === 'node.role' || kind in ends) this.#leaders.delete(id);
    if (kind === 'node.role' && facts?.role === 'leader') this.#leaders.add(id);
    this.#recorder.record(kind, id, facts, atMs);
  }

  #onRouterEvent(kind: string, facts: Record<string, unknown>, atMs: number): void {
    // The end of a rule is known here too, and also while there is no router to tell of it.
    if (kind === 'rule.expired') return;
    const { node, ...rest } = facts;
    this.#recorder.record(kind, typeof node === 'string' ? node : null, rest, atMs);
  }

  /** Takes the rules off the list whose time is over, and sees to the next one. */
  #expireRules(): void {
    for (const { id, expiresAtMs } of this.#faults.expire(trueNowMs())) {
      this.#recorder.record('rule.expired', null, { rule: id }, expiresAtMs ?? undefined);
    }
    clearTimeout(this.#expiryTimer);
    const nextMs = this.#faults.nextExpiryMs;
    if (nextMs === null || this.#isStopping) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(nextMs - trueNowMs())), 0x7fffffff);
    this.#expiryTimer = setTimeout(() => this.#expireRules(), waitMs);
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
    `${unfit.map(({ id, state }) => `${id} is ${state}`).join(', ')}: ${runs ? 'it runs already' : 'start it first'}`,
    { nodes: unfit.map(({ id }) => id) },
  );
}

const ends = { 'node.stopped': true, 'node.killed': true, 'node.crashed': true };
const isRunning = (node: NodeProcess): boolean => node.isRunning;
const isAtWork = (node: NodeProcess): boolean => node.isRunning || node.isToRestart;
const isNotRunning = (node: NodeProcess): boolean => !node.isRunning;
