/**
 * The nodes' clocks. Manual changes, weather and synchronization are all handled here, because they change
 * the same state. Each change is sent to the node and recorded.
 */
import type { ClockRequest, EventFacts, RecordEvent } from '@faultline/actions';
import { type ClockState, type ntp, skewed } from '@faultline/clocks';
import { asFaultlineError, FaultlineError, timeServer } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { NodeProcess } from '../nodes/node-process.ts';
import {
  afterSteps,
  carriedOver,
  changeClock,
  type OptionStep,
  stepsOf,
  syncedBy,
} from './clock-change.ts';
import { ClockJournal, type ClockStep } from './clock-journal.ts';
import { measureClock, SyncSchedule } from './clock-sync.ts';
import { TimeServer } from './time-server.ts';
import { type ReadWeather, Weather, withText } from './weather.ts';

export interface ClocksOptions {
  readonly seed: string;
  readonly epoch: { readonly trueMs: number; readonly wallMs: number };
  /** The initial weather of all clocks. */
  readonly weather: ReadWeather;
  readonly nodeOf: (id: string) => NodeProcess | undefined;
  readonly record: RecordEvent;
  /** The URL of the time server's link. Rejects if the router cannot be started. */
  readonly timeServerUrl: () => Promise<string>;
}

const timeServerMsMax = 2000;
/** One round of a repeated synchronization. */
const syncRound = { sync: { everyMs: 0 } };

/** The cause of a clock change. */
type Cause = Pick<EventFacts['clock.changed'], 'change' | 'measured'>;

interface Measured {
  readonly measured: ntp.Measurement;
  /** The clock state that was measured. */
  readonly clock: ClockState;
}

export class Clocks {
  readonly #options: ClocksOptions;
  readonly #weather: Weather;
  readonly #syncs: SyncSchedule;
  readonly #journals = new Map<string, ClockJournal>();
  #timeServer: TimeServer | undefined;
  /** The number of the latest change. */
  #changes = 0;
  #isClosed = false;

  constructor(options: ClocksOptions) {
    this.#options = options;
    this.#weather = new Weather({
      seed: options.seed,
      trueNow: trueNowMs,
      onDue: (id, began, apply, atTrueMs) => this.#onWeather(id, began, apply, atTrueMs),
    });
    this.#syncs = new SyncSchedule((id) => this.#repeatSync(id));
  }

  weatherOf(id: string): string | null {
    const begun = this.#journals.get(id)?.latest('weather');
    return begun === undefined ? null : this.#weather.textOf(id, begun.change);
  }

  syncOf(id: string): string | null {
    return this.#syncs.textOf(id);
  }

  /** Starts the cluster's weather for a new node. */
  begin(node: NodeProcess, atTrueMs: number): void {
    const { weather } = this.#options;
    if (weather.spec.kind === 'perfect') return;
    const state = this.#beginWeather(node, weather, weather.text, atTrueMs);
    void this.#set(node, state, { change: { weather: weather.text } }, atTrueMs);
  }

  forget(id: string): void {
    this.#weather.endAll(id);
    this.#syncs.end(id);
    this.#journals.delete(id);
  }

  redirect(timeServerUrl: string): void {
    this.#timeServer?.redirect(timeServerUrl);
  }

  close(): void {
    this.#isClosed = true;
    this.#weather.close();
    this.#syncs.close();
    this.#timeServer?.close();
  }

  /** Throws BAD_REQUEST if the change is impossible for one of these clocks. Changes nothing. */
  check(nodes: readonly NodeProcess[], request: ClockRequest): void {
    for (const node of nodes) changeClock(node.clock, request, momentOf(node, trueNowMs()));
  }

  /**
   * Makes a change that has passed `check`. Throws CALL_UNKNOWN or ROUTER_DOWN before the first clock
   * changes. Resolves when the programs read the new clocks.
   */
  async change(nodes: readonly NodeProcess[], request: ClockRequest): Promise<void> {
    const needsMeasurement = request.sync !== undefined && request.sync.everyMs !== 'off';
    const measured = needsMeasurement
      ? await this.#measure(nodes)
      : new Map<NodeProcess, undefined>();
    const nowMs = trueNowMs();
    const changed = nodes.map((node) => {
      const atMs = momentOf(node, nowMs);
      const found = measured.get(node);
      // Its weather may have moved the clock while other nodes were still measuring.
      const correction = found && carriedOver(found.measured, found.clock, node.clock, atMs);
      const steps = stepsOf(request, correction && syncedBy(correction, node.clock, atMs));
      return { node, atMs, steps, state: afterSteps(node.clock, steps, atMs) };
    });
    const acknowledged = changed.map(({ node, atMs, steps, state }) => {
      const cause = { change: request.change, ...factsOf(measured.get(node)?.measured) };
      if (request.reset) return this.#set(node, this.#reset(node, atMs), cause, atMs);
      if (request.revert !== undefined) return this.#revert(node, request.revert, cause, atMs);
      if (request.weather !== undefined) {
        const value = request.change.weather;
        const begun = this.#beginWeather(node, withText(request.weather), value, atMs);
        return this.#set(node, begun, cause, atMs);
      }
      this.#keep(node, steps, request, atMs);
      const every = request.sync?.everyMs;
      if (every !== undefined) this.#schedule(node.id, every);
      return this.#set(node, state, cause, atMs);
    });
    await Promise.all(acknowledged);
  }

  #journalOf(node: NodeProcess): ClockJournal {
    const journal = this.#journals.get(node.id) ?? new ClockJournal(node.clock);
    this.#journals.set(node.id, journal);
    return journal;
  }

  #keep(
    node: NodeProcess,
    steps: readonly OptionStep[],
    request: ClockRequest,
    atMs: number,
  ): void {
    const change = ++this.#changes;
    const everyMs = request.sync?.everyMs;
    for (const { option, apply } of steps) {
      const value = request.change[option];
      const repeats = option === 'sync' ? { everyMs } : {};
      this.#add(node, { change, option, value, ...repeats, begins: true, atMs, apply });
    }
  }

  #add(node: NodeProcess, step: ClockStep): void {
    const journal = this.#journalOf(node);
    const settled = journal.add(step);
    const inForce = journal.latest('weather')?.change;
    if (settled?.option !== 'weather' || inForce === undefined) return;
    this.#weather.end(node.id, settled.change);
  }

  #beginWeather(node: NodeProcess, weather: ReadWeather, value: unknown, atMs: number): ClockState {
    const change = ++this.#changes;
    const apply = this.#weather.begin(node.id, change, weather, atMs);
    const before = node.clock;
    this.#add(node, { change, option: 'weather', value, begins: true, atMs, apply });
    return apply(before, atMs);
  }

  #schedule(id: string, every: number | 'off'): void {
    if (every === 'off') this.#syncs.end(id);
    else this.#syncs.every(id, every);
  }

  #reset(node: NodeProcess, atMs: number): ClockState {
    this.#weather.endAll(node.id);
    this.#syncs.end(node.id);
    const state = changeClock(node.clock, { reset: true }, atMs);
    this.#journals.set(node.id, new ClockJournal(state));
    return state;
  }

  /** Ignores changes that do not exist. */
  async #revert(
    node: NodeProcess,
    changes: NonNullable<ClockRequest['revert']>,
    cause: Cause,
    atMs: number,
  ): Promise<void> {
    const journal = this.#journalOf(node);
    const removed = changes.flatMap(([option, value]) => journal.remove(option, value) ?? []);
    if (removed.length === 0) return;
    for (const { option, change } of removed) {
      if (option === 'weather') this.#weather.end(node.id, change);
      if (option === 'sync') this.#schedule(node.id, scheduled(journal)?.everyMs ?? 'off');
    }
    // A weather that is in force again may already have made its next change.
    const fromMs = Math.max(atMs, journal.lastMs);
    await this.#set(node, skewed.become(node.clock, fromMs, journal.state()), cause, fromMs);
  }

  async #measure(nodes: readonly NodeProcess[]): Promise<Map<NodeProcess, Measured>> {
    for (const node of nodes) node.requireRunning();
    await this.#timeServerUp();
    const measured = nodes.map(async (node): Promise<[NodeProcess, Measured]> => {
      const measured = await measureClock(node);
      return [node, { measured, clock: node.clock }];
    });
    return new Map(await Promise.all(measured));
  }

  async #timeServerUp(): Promise<void> {
    const { epoch, timeServerUrl } = this.#options;
    const url = await timeServerUrl();
    this.#timeServer ??= new TimeServer(url, () => epoch.wallMs + (trueNowMs() - epoch.trueMs));
    if (await this.#timeServer.isUpWithin(timeServerMsMax)) return;
    throw new FaultlineError(
      'ROUTER_DOWN',
      `the time server could not join the router within ${timeServerMsMax} ms: no clock was changed`,
      { server: timeServer },
    );
  }

  /** One round of a repeated synchronization: a failure is recorded, and the next round may succeed. */
  async #repeatSync(id: string): Promise<void> {
    const node = this.#options.nodeOf(id);
    const isGone = (): boolean => node === undefined || !node.isRunning || this.#isClosed;
    if (node === undefined || isGone()) return;
    const journal = this.#journalOf(node);
    const current = scheduled(journal);
    try {
      const { measured } = (await this.#measure([node])).get(node)!;
      if (current === undefined || scheduled(journal) !== current) return;
      const atMs = momentOf(node, trueNowMs());
      const steps = stepsOf(syncRound, syncedBy(measured, node.clock, atMs));
      const state = afterSteps(node.clock, steps, atMs);
      for (const { apply } of steps) this.#add(node, { ...current, begins: false, atMs, apply });
      void this.#set(node, state, factsOf(measured), atMs);
    } catch (thrown) {
      if (isGone()) return;
      this.#options.record('clock.unsynced', id, { reason: asFaultlineError(thrown).message });
    }
  }

  #onWeather(
    id: string,
    began: number,
    apply: (state: ClockState, atTrueMs: number) => ClockState,
    dueMs: number,
  ): void {
    const node = this.#options.nodeOf(id);
    if (node === undefined) return;
    const begun = this.#journalOf(node).latest('weather', ({ change }) => change === began);
    const isInForce = begun === this.#journalOf(node).latest('weather');
    const atMs = isInForce ? momentOf(node, dueMs) : dueMs;
    const step = {
      change: began,
      option: 'weather',
      value: begun?.value,
      begins: false,
      atMs,
      apply,
    };
    const before = node.clock;
    this.#add(node, step);
    if (isInForce) void this.#set(node, apply(before, atMs), { change: {} }, atMs);
  }

  /** Sets a clock's state and records it; all readings follow from it. */
  #set(node: NodeProcess, state: ClockState, cause: Cause, atTrueMs: number): Promise<void> {
    const acknowledged = node.setClock(state);
    const weather = this.weatherOf(node.id);
    const describes = skewed.describe(state, atTrueMs);
    const facts = {
      ...cause,
      describes,
      isPerfect: skewed.isPerfect(state, atTrueMs),
      ...(weather === null ? {} : { weather }),
      state,
    };
    this.#options.record('clock.changed', node.id, facts, atTrueMs);
    return acknowledged;
  }
}

/** The latest change that starts or stops repeated synchronization. */
const scheduled = (journal: ClockJournal): ClockStep | undefined =>
  journal.latest('sync', ({ everyMs }) => everyMs !== undefined);

/** The recorded facts of a measurement; all times in ms. */
const factsOf = (measured: ntp.Measurement | undefined): Cause =>
  measured === undefined ? {} : { measured };

/** The time of the next change: not before the latest one, which may begin in the future. */
const momentOf = ({ clock }: NodeProcess, nowMs: number): number =>
  Math.max(nowMs, clock.sinceTrueMs);
