/** A cluster of real processes in a test: its faults, requests, loads and waits. */

import {
  type Answer,
  addedBy,
  askedBy,
  type ClusterEvent,
  type ClusterFormName,
  type ClusterOptionsOf,
  type EventKind,
} from '@faultline/actions';
import { explainMessage, explanationInWords, RunBuilder } from '@faultline/analysis';
import {
  ClientNames,
  ClusterTarget,
  loadHistory,
  plannedLoadOf,
  type Request,
  runNotedLoad,
  type Workload,
} from '@faultline/experiment';
import type { History } from '@faultline/history';
import { type Action, type Done, verbOf, verbs } from '@faultline/plans/data';
import {
  asFaultlineError,
  type CallResult,
  type FateEvent,
  FaultlineError,
  type HistoryEntry,
  type NodeStatus,
  parseDuration,
  type RouterStats,
  type RuleSpec,
  type RuleStatus,
  type TraceQuery,
} from '@faultline/protocol';
import { openRun, readFacts } from '@faultline/recording';
import { type AtRest, type Cluster, comesToRest, type Supervised } from '@faultline/supervisor';
import type { ActionRecorder, RecordedAction, RecordedCheck } from '../replay/action-recorder.ts';
import { withDrawn } from '../replay/drawn.ts';
import { type Caller, callerOf, placeOf, thrownFrom } from './caller.ts';
import {
  type Events,
  type EventWait,
  type UntilOptions,
  type WatchOptions,
  waitTimedOut,
  withinDefault,
} from './events.ts';
import { type Fault, makeFault } from './fault.ts';
import { TestLink } from './link.ts';
import { type CallOptions, TestNode } from './node.ts';
import { isAsLoaded, originOf, remember } from './origin.ts';
import { PendingUndos } from './pending-undos.ts';
import type { RunFolder } from './run-folder.ts';

/** Options of a partition besides its groups. */
export type PartitionOptions = Pick<ClusterOptionsOf<'partition'>, 'oneWay' | 'for' | 'owner'>;

export interface ConvergeOptions {
  /** How long nodes may take to agree; default 10s. */
  readonly within?: string;
}

export interface RunLoadOptions {
  /**
   * After the load, heals everything, starts all nodes that do not run, and reads from every node until all
   * return the same. The checks of convergence and of lost elements use these reads.
   */
  readonly converge?: boolean | ConvergeOptions;
}

export interface ClusterParts {
  readonly supervised: Supervised;
  readonly events: Events;
  readonly folder: RunFolder;
  readonly seed: string;
  readonly traces: boolean;
  readonly listeners: Set<(entry: HistoryEntry) => void>;
  readonly recorder: ActionRecorder;
}

export class TestCluster implements AsyncDisposable {
  readonly seed: string;
  readonly #parts: ClusterParts;
  readonly #cluster: Cluster;
  readonly #undos = new PendingUndos();
  readonly #names = new ClientNames();
  readonly #closing = new AbortController();
  readonly #target: ClusterTarget;
  #closed: Promise<void> | undefined;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.seed = parts.seed;
    this.#cluster = parts.supervised.cluster;
    this.#target = new ClusterTarget(this.#cluster, {
      rest: (wanted) => this.#settled(wanted),
    });
  }

  get nodes(): readonly NodeStatus[] {
    return this.#cluster.nodes;
  }

  /** The directory of the recording, as for `cluster trace --run`. */
  get runDir(): string {
    return this.#parts.folder.runDir!;
  }

  /** Nodes by any selector: `n3`, `leader`, `random:2`, `minority`. */
  node(selector: string): TestNode {
    return new TestNode({
      selector,
      read: (what) => this.#act(what),
      act: (action, what) => this.#onNodes(action, what),
      undo: (recorded, done) => this.#undo(recorded, done),
      call: (node, body, options) => this.#call(node, body, options),
      onUndo: this.#undos.add,
    });
  }

  /** Links by any selector: `n1>n2`, `n1<>n2`, `leader>*`, `*`. */
  link(selector: string): TestLink {
    return new TestLink(
      selector,
      (spec) => this.rule(spec),
      async (links) => {
        const { value } = await this.#perform({ release: links }, (cluster) =>
          cluster.release({ links }),
        );
        return value.released;
      },
    );
  }

  /** Adds a rule of any kind. */
  rule(spec: RuleSpec): Promise<Fault> {
    const { for: lifetime, ...rule } = spec;
    return this.#rules({ link: rule, ...lasting(lifetime) }, (cluster) =>
      cluster.addRules([{ ...spec }]),
    );
  }

  /**
   * Cuts the network into parts, `partition(['n1', 'n2'], ['n3'])` or `partition('minority | majority')`.
   * Replaces an earlier partition.
   */
  partition(groups: string, options?: PartitionOptions): Promise<Fault>;
  partition(...groups: readonly (readonly string[])[]): Promise<Fault>;
  partition(...given: readonly unknown[]): Promise<Fault> {
    const [first, options] = given;
    if (typeof first === 'string') {
      return this.#fault('partition', first, options as PartitionOptions | undefined);
    }
    const groups = given as readonly (readonly string[])[];
    return this.#fault('partition', groups.map((group) => group.join()).join(' | '));
  }

  /** Isolates each of these nodes; `clients`, `time`: also from clients, or from the time server. */
  isolate(
    selector: string,
    options: PartitionOptions & Pick<ClusterOptionsOf<'partition'>, 'clients' | 'time'> = {},
  ): Promise<Fault> {
    return this.#fault('isolate', selector, options);
  }

  /** Splits the cluster into halves that only this node connects. */
  bridge(selector: string, options: PartitionOptions = {}): Promise<Fault> {
    return this.#fault('bridge', selector, options);
  }

  /** Lets every node see a majority, but no two nodes the same one. */
  ring(options: Omit<PartitionOptions, 'oneWay'> = {}): Promise<Fault> {
    return this.#fault('ring', true, options);
  }

  /** Puts nodes into zones with networks between: `{ zones: 'eu: n1,n2 | us: n3' }`. */
  geography(geography: ClusterOptionsOf<'geography'>): Promise<Fault> {
    const { for: lifetime, owner, ...zones } = geography;
    const beside = { ...lasting(lifetime), ...(owner === undefined ? {} : { owner }) };
    return this.#fault('geography', zones, beside);
  }

  /**
   * Removes all rules, or those of one `owner`. Held messages are sent on, and delayed ones arrive at their
   * time; with `drop`, both are dropped. With `all`, also ends the faults of processes, clocks and disks,
   * resumes paused nodes and starts nodes that do not run. Data on disks stays.
   */
  async heal(options: ClusterOptionsOf<'heal'> = {}): Promise<void> {
    const given = Object.entries(options).filter(
      ([, value]) => value !== false && value !== undefined,
    );
    await this.#perform({ heal: true, ...Object.fromEntries(given) }, (cluster) =>
      cluster.heal(options),
    );
  }

  /** Sends a request to a node as a client; see `TestNode.call`. */
  call(node: string, body: Request, options?: CallOptions): Promise<CallResult> {
    return this.#call(node, body, options);
  }

  /** Adds a number of nodes, or nodes by name: `add()`, `add(2)`, `add('n6')`. Undoing removes them. */
  async add(
    what: number | string = 1,
    options: Pick<ClusterOptionsOf<'add'>, 'program'> = {},
  ): Promise<Fault> {
    const which = typeof what === 'number' ? { count: what } : { nodes: what };
    const { value, recorded } = await this.#perform({ add: what, ...options }, (cluster) =>
      cluster.add({ ...which, ...options }),
    );
    const nodes = value.nodes.map(({ id }) => id);
    // A plan names either all the nodes that it adds or none, and their names are known only now.
    recorded.action = { ...recorded.action, add: nodes.join() };
    return makeFault({
      what: `${nodes.join(', ')} added`,
      nodes,
      undo: () => this.#undo(recorded, { nodes, rules: [] }),
      onUndo: this.#undos.add,
    });
  }

  /** Stops nodes and removes them for good. */
  async remove(selector: string): Promise<readonly NodeStatus[]> {
    const { value } = await this.#onNodes({ remove: selector }, (cluster) =>
      cluster.remove(selector),
    );
    return value;
  }

  /** Runs the clients of a workload. Resolves with their history: operations, results and faults. */
  async load(workload: Workload, options: RunLoadOptions = {}): Promise<History> {
    await this.#undos.done();
    const { listeners, seed, traces, recorder, supervised } = this.#parts;
    const { converge = false } = options;
    const { within = withinDefault } = typeof converge === 'object' ? converge : {};
    const clients = this.#names.take(workload.pace.clients);
    const convergeWithin = converge === false ? null : within;
    const recorded = recorder.load({
      name: workload.name,
      planned: plannedLoadOf(workload),
      convergeWithin,
    });
    try {
      const { operations, fromMs, toMs } = await runNotedLoad(workload, {
        note: (kind, facts) => supervised.record(kind, null, facts),
        cluster: this.#cluster,
        seed,
        clients,
        listen(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        signal: this.#closing.signal,
        converge: convergeWithin === null ? null : () => this.#converge(),
        convergeMs: parseDuration(within),
      });
      const { trueMs } = supervised.epoch;
      recorded.clientsEndedMs = toMs - trueMs;
      const history = await loadHistory({
        operations,
        events: this.#parts.events.past,
        facts: traces ? readFacts(this.runDir, { from: 'router' }) : null,
        epochMs: trueMs,
        fromMs: fromMs - trueMs,
        toMs: toMs - trueMs,
      });
      remember(history, { folder: this.#parts.folder, load: recorded });
      return history;
    } finally {
      recorded.endedMs = recorder.nowMs();
      this.#names.giveBack(clients);
    }
  }

  /**
   * Heals everything: removes rules, ends faults of clocks, disks and processes, and resumes or starts nodes
   * that do not run. Then waits until the cluster has settled. Throws WAIT_TIMED_OUT.
   */
  async converge(): Promise<void> {
    await this.#perform({ converge: true }, () => this.#converge());
  }

  /**
   * Resolves when no node is starting and no message waits in the router, delayed or in the backlog of a slow
   * receiver. Held messages do not count. Throws WAIT_TIMED_OUT.
   */
  async settled({ within = withinDefault }: Pick<UntilOptions, 'within'> = {}): Promise<void> {
    const caller = callerOf(this.settled);
    await this.#undos.done();
    await this.#orFail(this.#settled('started', within), caller);
  }

  /**
   * Waits until the condition holds, and resolves with its value. Evaluates it after each event of the cluster
   * and many times a second. An error that it throws counts as "not yet". Throws WAIT_TIMED_OUT.
   */
  async until<T>(
    condition: () => T | Promise<T>,
    options: UntilOptions = {},
  ): Promise<NonNullable<T>> {
    const { recorder } = this.#parts;
    const watched: WatchOptions = {
      ...options,
      onEnd(event) {
        if (event === null) recorder.sawCondition();
        else recorder.sawEvent(event);
      },
    };
    return this.#until(condition, watched, callerOf(this.until));
  }

  /**
   * Resolves with the first event of a kind, past or future: `node.ready`, `rule.added`, or the name of an
   * event that the program reports. Throws WAIT_TIMED_OUT.
   */
  event<K extends EventKind>(
    kind: K,
    accepts?: (event: ClusterEvent<K>) => boolean,
    options?: EventWait,
  ): Promise<ClusterEvent<K>>;
  event(
    name: string,
    accepts?: (event: ClusterEvent<'program.event'>) => boolean,
    options?: EventWait,
  ): Promise<ClusterEvent<'program.event'>>;
  async event(
    kind: string,
    // biome-ignore lint/suspicious/noExplicitAny: the overloads above state the type of the event
    accepts: (event: any) => boolean = () => true,
    options: EventWait = {},
  ): Promise<ClusterEvent> {
    const caller = callerOf(this.event);
    await this.#undos.done();
    const { recorder, events } = this.#parts;
    const event = await this.#orFail(events.first(kind, accepts, options), caller);
    recorder.sawEvent(event);
    return event;
  }

  /** All events so far. */
  events(): readonly ClusterEvent[] {
    return this.#parts.events.past;
  }

  /** The active rules, with the effects of each so far. */
  rules(): Promise<readonly RuleStatus[]> {
    return this.#act((cluster) => cluster.ruleReports());
  }

  stats(): Promise<RouterStats> {
    return this.#act((cluster) => cluster.stats());
  }

  /** The latest messages and their fates. */
  trace(query: TraceQuery = {}): Promise<readonly FateEvent[]> {
    return this.#act((cluster) => cluster.trace(query));
  }

  /** The last lines that nodes printed. */
  logs(selector = 'all', lines = 100): readonly string[] {
    return this.#cluster.logs(selector, lines).lines.map(({ node, text }) => `${node} ${text}`);
  }

  /** Explains the fate of a message, in lines: the rules that applied, their draws and the outcome. */
  async why(message: string): Promise<string> {
    const files = await openRun(this.runDir);
    const builder = new RunBuilder(files.run, { keepVectors: false });
    for await (const facts of files.facts()) builder.add(facts);
    const [events, history] = await Promise.all([files.events(), files.history()]);
    const run = builder.finish(events, history);
    return explanationInWords(run, explainMessage(run, message)).join('\n');
  }

  /**
   * Resets the cluster to its initial state for the next test: removes rules, added nodes and all faults,
   * empties disks and restarts all nodes. The recording continues. Throws BAD_REQUEST, and changes nothing,
   * if an initial node has been removed.
   */
  async reset(): Promise<void> {
    await this.#perform({ reset: true }, (cluster) => cluster.reset());
  }

  /** Marks the test as failed, so that its run is kept. */
  fail(why: string): void {
    this.#parts.folder.fail(why);
  }

  /** Takes the cluster down. Calling it again has no effect. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort(new FaultlineError('CLUSTER_STOPPING', 'the cluster was closed'));
    await this.#undos.done().catch(() => {});
    await this.#parts.supervised.down();
    this.#parts.folder.closed();
  }

  async #converge(): Promise<void> {
    await this.#target.heal();
    await this.#orFail(this.#settled('started'));
  }

  async #settled(wanted: AtRest, within = withinDefault): Promise<void> {
    const { signal } = this.#closing;
    if (await comesToRest(this.#cluster, wanted, parseDuration(within), signal)) return;
    throw waitTimedOut(
      'the cluster to settle',
      within,
      'a node is still starting, or messages are still in flight',
    );
  }

  async #until<T>(
    condition: () => T | Promise<T>,
    options: WatchOptions = {},
    caller?: Caller,
  ): Promise<NonNullable<T>> {
    await this.#undos.done();
    return this.#orFail(this.#parts.events.until(condition, options), caller);
  }

  /** Performs an action and records it for replay. */
  async #perform<T>(action: Action, what: (cluster: Cluster) => Promise<T>) {
    await this.#undos.done();
    return this.#parts.recorder.perform(action, () => what(this.#cluster));
  }

  async #onNodes(action: Action, what: (cluster: Cluster) => Promise<readonly NodeStatus[]>) {
    const done = await this.#perform(action, what);
    done.recorded.action = withDrawn(action, { nodes: done.value.map(({ id }) => id) });
    return done;
  }

  /** Undoes an action in the same way as a plan. */
  async #undo(recorded: RecordedAction, done: Done): Promise<void> {
    const { action } = recorded;
    const undo = verbs[verbOf(action)].undo?.(action, done) ?? null;
    if (undo === null) return;
    await this.#parts.recorder.undo(recorded, () => this.#target.undo(undo));
  }

  async #act<T>(what: (cluster: Cluster) => Promise<T>): Promise<T> {
    await this.#undos.done();
    return what(this.#cluster);
  }

  /** `caller`: the line of the test that waits. */
  async #orFail<T>(waited: Promise<T>, caller?: Caller): Promise<T> {
    try {
      return await waited;
    } catch (thrown) {
      const error = asFaultlineError(thrown);
      const place = caller === undefined ? undefined : placeOf(caller);
      const where = place === undefined ? '' : ` at ${place}`;
      this.#parts.folder.suspect(`${error.message}${where}`);
      throw caller === undefined ? thrown : thrownFrom(error, caller);
    }
  }

  async #call(node: string, body: Request, { timeout, client }: CallOptions = {}) {
    await this.#undos.done();
    const own = client === undefined ? this.#names.take(1) : [];
    const by = client ?? own[0]!;
    const action = { call: node, body, client: by, ...(timeout === undefined ? {} : { timeout }) };
    try {
      return await this.#parts.recorder.call(action, () =>
        this.#cluster.call(node, { ...body }, timeout, by),
      );
    } finally {
      this.#names.giveBack(own);
    }
  }

  /** Performs a verb on the cluster in one of its forms. */
  #fault(form: ClusterFormName, subject: unknown, options: object = {}): Promise<Fault> {
    const request = askedBy(form, subject, options);
    return this.#rules({ [form]: subject, ...options }, (cluster) =>
      cluster.performOnCluster(request.verb, request.options),
    );
  }

  async #rules(action: Action, make: (cluster: Cluster) => Promise<Answer>): Promise<Fault> {
    const { value, recorded } = await this.#perform(action, make);
    if ('added' in value) {
      const { added } = value;
      recorded.action = withDrawn(
        action,
        'pairs' in value ? { added, pairs: value.pairs } : { added },
      );
    }
    const added = addedBy(value);
    const rules = added.map(({ id }) => id);
    return makeFault({
      what: added.map(({ explains }) => explains).join('; '),
      rules,
      undo: () => this.#undo(recorded, { nodes: [], rules }),
      onUndo: this.#undos.add,
    });
  }
}

const lasting = (lifetime: string | undefined): object =>
  lifetime === undefined ? {} : { for: lifetime };

/** Records a check of this history. If it failed, the test probably has. */
export function recordCheck(
  history: History,
  check: Omit<RecordedCheck, 'isOfLoad'>,
  why: string,
): void {
  const origin = originOf(history);
  origin?.load.checks.push({ ...check, isOfLoad: isAsLoaded(history) });
  if (check.hasFailed) origin?.folder.suspect(why);
}
