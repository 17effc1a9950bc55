/** A cluster of real processes in a test: what can be done to it, asked of it and waited for. */

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
  ClusterStage,
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
import type { ActionDeed, Asked, Deeds } from '../replay/deeds.ts';
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
import type { RunFolder } from './run-folder.ts';
import { Undoing } from './undoing.ts';

/** How a partition is made, beside who is where. */
export type PartitionOptions = Pick<ClusterOptionsOf<'partition'>, 'oneWay' | 'for' | 'owner'>;

export interface ConvergeOptions {
  /** How long nodes may take to agree; default 10s. */
  readonly within?: string;
}

export interface RunLoadOptions {
  /**
   * When the load is over, heals everything, starts what does not run, and reads of every node until
   * all answer the same: what checks of convergence and of lost elements look at.
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
  readonly deeds: Deeds;
}

export class TestCluster implements AsyncDisposable {
  readonly seed: string;
  readonly #parts: ClusterParts;
  readonly #cluster: Cluster;
  readonly #undoing = new Undoing();
  readonly #names = new ClientNames();
  readonly #closing = new AbortController();
  readonly #stage: ClusterStage;
  #closed: Promise<void> | undefined;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.seed = parts.seed;
    this.#cluster = parts.supervised.cluster;
    this.#stage = new ClusterStage(this.#cluster, {
      rest: (wanted) => this.#settled(wanted),
    });
  }

  get nodes(): readonly NodeStatus[] {
    return this.#cluster.nodes;
  }

  /** Where the run is recorded: what `pnpm cluster trace --run` takes. */
  get runDir(): string {
    return this.#parts.folder.runDir!;
  }

  /** Nodes by any selector: `n3`, `leader`, `random:2`, `minority`. */
  node(selector: string): TestNode {
    return new TestNode({
      selector,
      look: (what) => this.#act(what),
      act: (action, what) => this.#onNodes(action, what),
      undo: (deed, done) => this.#undo(deed, done),
      call: (node, body, options) => this.#call(node, body, options),
      onUndoing: this.#undoing.add,
    });
  }

  /** Links by any selector: `n1>n2`, `n1<>n2`, `leader>*`, `*`. */
  link(selector: string): TestLink {
    return new TestLink(
      selector,
      (spec) => this.rule(spec),
      async (links) => {
        const { value } = await this.#does({ release: links }, (cluster) =>
          cluster.release({ links }),
        );
        return value.released;
      },
    );
  }

  /** A rule on links, of any kind. */
  rule(spec: RuleSpec): Promise<Fault> {
    const { for: lifetime, ...rule } = spec;
    return this.#rules({ link: rule, ...lasting(lifetime) }, (cluster) =>
      cluster.addRules([{ ...spec }]),
    );
  }

  /**
   * Cuts the network into parts, `partition(['n1', 'n2'], ['n3'])` or `partition('minority | majority')`.
   * Takes the place of an earlier partition.
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

  /** These nodes stand alone, each of them; `clients`, `time`: also without clients, or the time server. */
  isolate(
    selector: string,
    options: PartitionOptions & Pick<ClusterOptionsOf<'partition'>, 'clients' | 'time'> = {},
  ): Promise<Fault> {
    return this.#fault('isolate', selector, options);
  }

  /** This node alone still sees both halves. */
  bridge(selector: string, options: PartitionOptions = {}): Promise<Fault> {
    return this.#fault('bridge', selector, options);
  }

  /** Every node sees a majority, and no two the same one. */
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
   * Removes every rule, or those of one `owner`. Held messages go on, and delayed ones arrive at their time; with `drop`, they
   * are dropped. With `all`, also ends the faults of processes, clocks and disks, resumes paused nodes and
   * starts those that do not run; what is on disks stays.
   */
  async heal(options: ClusterOptionsOf<'heal'> = {}): Promise<void> {
    const said = Object.entries(options).filter(
      ([, value]) => value !== false && value !== undefined,
    );
    await this.#does({ heal: true, ...Object.fromEntries(said) }, (cluster) =>
      cluster.heal(options),
    );
  }

  /** Asks a node as a client; see `TestNode.call`. */
  call(node: string, body: Request, options?: CallOptions): Promise<CallResult> {
    return this.#call(node, body, options);
  }

  /** So many nodes more, or those that are named: `add()`, `add(2)`, `add('n6')`. Undone: removed. */
  async add(
    what: number | string = 1,
    options: Pick<ClusterOptionsOf<'add'>, 'program'> = {},
  ): Promise<Fault> {
    const asked = typeof what === 'number' ? { count: what } : { nodes: what };
    const { value, deed } = await this.#does({ add: what, ...options }, (cluster) =>
      cluster.add({ ...asked, ...options }),
    );
    const nodes = value.nodes.map(({ id }) => id);
    // A plan names all that it adds, or none: their names are known now.
    deed.action = { ...deed.action, add: nodes.join() };
    return makeFault({
      what: `${nodes.join(', ')} added`,
      nodes,
      undo: () => this.#undo(deed, { nodes, rules: [] }),
      onUndoing: this.#undoing.add,
    });
  }

  /** Stops nodes and takes them out, for good. */
  async remove(selector: string): Promise<readonly NodeStatus[]> {
    const { value } = await this.#onNodes({ remove: selector }, (cluster) =>
      cluster.remove(selector),
    );
    return value;
  }

  /** Lets clients ask; resolves with what they asked and were told, and the faults meanwhile. */
  async load(workload: Workload, options: RunLoadOptions = {}): Promise<History> {
    await this.#undoing.done();
    const { listeners, seed, traces, deeds, supervised } = this.#parts;
    const { converge = false } = options;
    const { within = withinDefault } = typeof converge === 'object' ? converge : {};
    const clients = this.#names.take(workload.pace.clients);
    const convergeWithin = converge === false ? null : within;
    const deed = deeds.loads({
      name: workload.name,
      asks: plannedLoadOf(workload),
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
      deed.askedMs = toMs - trueMs;
      const history = await loadHistory({
        operations,
        events: this.#parts.events.past,
        facts: traces ? readFacts(this.runDir, { from: 'router' }) : null,
        epochMs: trueMs,
        fromMs: fromMs - trueMs,
        toMs: toMs - trueMs,
      });
      remember(history, { folder: this.#parts.folder, load: deed });
      return history;
    } finally {
      deed.endedMs = deeds.nowMs();
      this.#names.giveBack(clients);
    }
  }

  /**
   * Makes everything well again: rules, clocks, disks and processes; resumes and starts what does not
   * run. Then waits until nothing waits.
   */
  async converge(): Promise<void> {
    await this.#does({ converge: true }, () => this.#converge());
  }

  /**
   * Resolves when no node is starting and nothing waits in the router: no delayed message, and no
   * receiver that does not read. Held messages are meant to wait, and do not count.
   */
  async settled({ within = withinDefault }: Pick<UntilOptions, 'within'> = {}): Promise<void> {
    const caller = callerOf(this.settled);
    await this.#undoing.done();
    await this.#orFail(this.#settled('started', within), caller);
  }

  /**
   * Waits until something holds: asked again whenever something happens in the cluster, and many times a
   * second. What it throws counts as "not yet". Throws WAIT_TIMED_OUT.
   */
  async until<T>(
    condition: () => T | Promise<T>,
    options: UntilOptions = {},
  ): Promise<NonNullable<T>> {
    const { deeds } = this.#parts;
    const watched: WatchOptions = {
      ...options,
      onEnd(event) {
        if (event === null) deeds.waited();
        else deeds.saw(event);
      },
    };
    return this.#until(condition, watched, callerOf(this.until));
  }

  /**
   * The first event of a kind, past or to come: `node.ready`, `rule.added`, or the name of an event
   * that the program tells of. Throws WAIT_TIMED_OUT.
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
    // biome-ignore lint/suspicious/noExplicitAny: the signatures above say which events it gets
    accepts: (event: any) => boolean = () => true,
    options: EventWait = {},
  ): Promise<ClusterEvent> {
    const caller = callerOf(this.event);
    await this.#undoing.done();
    const { deeds, events } = this.#parts;
    const event = await this.#orFail(events.first(kind, accepts, options), caller);
    deeds.saw(event);
    return event;
  }

  /** What has happened so far. */
  events(): readonly ClusterEvent[] {
    return this.#parts.events.past;
  }

  /** The rules in force, with what each has done. */
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

  /** The latest lines that nodes printed. */
  logs(selector = 'all', lines = 100): readonly string[] {
    return this.#cluster.logs(selector, lines).lines.map(({ node, text }) => `${node} ${text}`);
  }

  /** Why a message met its fate, in lines: what each rule drew, and what came of it. */
  async why(message: string): Promise<string> {
    const files = await openRun(this.runDir);
    const builder = new RunBuilder(files.run, { keepVectors: false });
    for await (const facts of files.facts()) builder.add(facts);
    const [events, history] = await Promise.all([files.events(), files.history()]);
    const run = builder.finish(events, history);
    return explanationInWords(run, explainMessage(run, message)).join('\n');
  }

  /**
   * The cluster as it was at first, for the next test: rules, added nodes and the faults of processes,
   * clocks and disks are gone, disks are empty, all nodes are started anew. The recording goes on.
   * Throws BAD_REQUEST, and does nothing, where a node that was there at first has been removed.
   */
  async reset(): Promise<void> {
    await this.#does({ reset: true }, (cluster) => cluster.reset());
  }

  /** The test has failed: its run is kept, whoever asks. */
  fail(why: string): void {
    this.#parts.folder.fail(why);
  }

  /** Takes everything down. May be called again. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort(new FaultlineError('CLUSTER_STOPPING', 'the cluster was closed'));
    await this.#undoing.done().catch(() => {});
    await this.#parts.supervised.down();
    this.#parts.folder.closed();
  }

  async #converge(): Promise<void> {
    await this.#stage.heal();
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
    await this.#undoing.done();
    return this.#orFail(this.#parts.events.until(condition, options), caller);
  }

  /** Something that can be played again. */
  async #does<T>(action: Action, what: (cluster: Cluster) => Promise<T>) {
    await this.#undoing.done();
    return this.#parts.deeds.does(action, () => what(this.#cluster));
  }

  async #onNodes(action: Action, what: (cluster: Cluster) => Promise<readonly NodeStatus[]>) {
    const done = await this.#does(action, what);
    done.deed.action = withDrawn(action, { nodes: done.value.map(({ id }) => id) });
    return done;
  }

  /** Takes back what an action did, as a plan does. */
  async #undo(deed: ActionDeed, done: Done): Promise<void> {
    const { action } = deed;
    const undo = verbs[verbOf(action)].undo?.(action, done) ?? null;
    if (undo === null) return;
    await this.#parts.deeds.undoes(deed, () => this.#stage.undo(undo));
  }

  async #act<T>(what: (cluster: Cluster) => Promise<T>): Promise<T> {
    await this.#undoing.done();
    return what(this.#cluster);
  }

  /** `caller`: where a test waits. */
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
    await this.#undoing.done();
    const own = client === undefined ? this.#names.take(1) : [];
    const by = client ?? own[0]!;
    const action = { call: node, body, client: by, ...(timeout === undefined ? {} : { timeout }) };
    try {
      return await this.#parts.deeds.calls(action, () =>
        this.#cluster.call(node, { ...body }, timeout, by),
      );
    } finally {
      this.#names.giveBack(own);
    }
  }

  /** A form of a verb on the cluster. */
  #fault(form: ClusterFormName, subject: unknown, options: object = {}): Promise<Fault> {
    const asked = askedBy(form, subject, options);
    return this.#rules({ [form]: subject, ...options }, (cluster) =>
      cluster.performOnCluster(asked.verb, asked.options),
    );
  }

  async #rules(action: Action, make: (cluster: Cluster) => Promise<Answer>): Promise<Fault> {
    const { value, deed } = await this.#does(action, make);
    if ('added' in value) {
      const { added } = value;
      deed.action = withDrawn(action, 'pairs' in value ? { added, pairs: value.pairs } : { added });
    }
    const added = addedBy(value);
    const rules = added.map(({ id }) => id);
    return makeFault({
      what: added.map(({ explains }) => explains).join('; '),
      rules,
      undo: () => this.#undo(deed, { nodes: [], rules }),
      onUndoing: this.#undoing.add,
    });
  }
}

const lasting = (lifetime: string | undefined): object =>
  lifetime === undefined ? {} : { for: lifetime };

/** A check was asked for of this history; where it failed, the test has. */
export function askedOf(history: History, asked: Omit<Asked, 'isOfLoad'>, why: string): void {
  const origin = originOf(history);
  origin?.load.checks.push({ ...asked, isOfLoad: isAsLoaded(history) });
  if (asked.hasFailed) origin?.folder.suspect(why);
}
