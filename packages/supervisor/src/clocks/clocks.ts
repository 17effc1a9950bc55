/**
 * The nodes' clocks: what is done to them by hand, by their weather and by synchronising them, in one
 * place, because all three change one state. Each change goes to the node and into the recording.
 */
import type { AskedOfClock, EventFacts, RecordEvent } from '@faultline/actions';
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
import { measureClock, SyncDesk } from './clock-sync.ts';
import { TimeServer } from './time-server.ts';
import { inWords, type ReadWeather, Weather } from './weather.ts';

export interface ClocksOptions {
  readonly seed: string;
  readonly epoch: { readonly trueMs: number; readonly wallMs: number };
  /** The weather of all clocks from their start. */
  readonly weather: ReadWeather;
  readonly nodeOf: (id: string) => NodeProcess | undefined;
  readonly record: RecordEvent;
  /** Where the time server joins the network. Rejects where it never will. */
  readonly timeServerUrl: () => Promise<string>;
}

const timeServerMsMax = 2000;
/** One round of many. */
const again = { sync: { everyMs: 0 } };

/** What made a clock change. */
type Why = Pick<EventFacts['clock.changed'], 'change' | 'measured'>;

interface Measured {
  readonly measured: ntp.Measurement;
  /** On which it was measured. */
  readonly clock: ClockState;
}

export class Clocks {
  readonly #options: ClocksOptions;
  readonly #weather: Weather;
  readonly #syncs: SyncDesk;
  readonly #journals = new Map<string, ClockJournal>();
  #timeServer: TimeServer | undefined;
  /** Changes so far: each has its number. */
  #changes = 0;
  #isClosed = false;

  constructor(options: ClocksOptions) {
    this.#options = options;
    this.#weather = new Weather({
      seed: options.seed,
      trueNow: trueNowMs,
      onDue: (id, began, apply, atTrueMs) => this.#onWeather(id, began, apply, atTrueMs),
    });
    this.#syncs = new SyncDesk((id) => this.#syncAgain(id));
  }

  weatherOf(id: string): string | null {
    const begun = this.#journals.get(id)?.latest('weather');
    return begun === undefined ? null : this.#weather.textOf(id, begun.change);
  }

  syncOf(id: string): string | null {
    return this.#syncs.textOf(id);
  }

  /** A new node has the cluster's weather from this moment on. */
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

  /** Throws BAD_REQUEST for what cannot be done to one of these clocks; nothing is changed. */
  check(nodes: readonly NodeProcess[], asked: AskedOfClock): void {
    for (const node of nodes) changeClock(node.clock, asked, momentOf(node, trueNowMs()));
  }

  /**
   * Makes a change that `check` has let pass. Whatever else is wrong is found out before the first
   * clock is touched. Resolves when the programs read the new ones. Throws CALL_UNKNOWN, ROUTER_DOWN.
   */
  async change(nodes: readonly NodeProcess[], asked: AskedOfClock): Promise<void> {
    const isAsking = asked.sync !== undefined && asked.sync.everyMs !== 'off';
    const measured = isAsking ? await this.#measure(nodes) : new Map<NodeProcess, undefined>();
    const nowMs = trueNowMs();
    const changed = nodes.map((node) => {
      const atMs = momentOf(node, nowMs);
      const found = measured.get(node);
      // Its weather may have moved it while others were still asking.
      const correction = found && carriedOver(found.measured, found.clock, node.clock, atMs);
      const steps = stepsOf(asked, correction && syncedBy(correction, node.clock, atMs));
      return { node, atMs, steps, state: afterSteps(node.clock, steps, atMs) };
    });
    const heard = changed.map(({ node, atMs, steps, state }) => {
      const why = { change: asked.change, ...factsOf(measured.get(node)?.measured) };
      if (asked.reset) return this.#set(node, this.#reset(node, atMs), why, atMs);
      if (asked.revert !== undefined) return this.#revert(node, asked.revert, why, atMs);
      if (asked.weather !== undefined) {
        const value = asked.change.weather;
        const begun = this.#beginWeather(node, inWords(asked.weather), value, atMs);
        return this.#set(node, begun, why, atMs);
      }
      this.#keep(node, steps, asked, atMs);
      const every = asked.sync?.everyMs;
      if (every !== undefined) this.#schedule(node.id, every);
      return this.#set(node, state, why, atMs);
    });
    await Promise.all(heard);
  }

  #journalOf(node: NodeProcess): ClockJournal {
    const journal = this.#journals.get(node.id) ?? new ClockJournal(node.clock);
    this.#journals.set(node.id, journal);
    return journal;
  }

  #keep(node: NodeProcess, steps: readonly OptionStep[], asked: AskedOfClock, atMs: number): void {
    const change = ++this.#changes;
    const everyMs = asked.sync?.everyMs;
    for (const { option, apply } of steps) {
      const value = asked.change[option];
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

  /** Changes that are not there are passed over. */
  async #revert(
    node: NodeProcess,
    changes: NonNullable<AskedOfClock['revert']>,
    why: Why,
    atMs: number,
  ): Promise<void> {
    const journal = this.#journalOf(node);
    const removed = changes.flatMap(([option, value]) => journal.remove(option, value) ?? []);
    if (removed.length === 0) return;
    for (const { option, change } of removed) {
      if (option === 'weather') this.#weather.end(node.id, change);
      if (option === 'sync') this.#schedule(node.id, scheduled(journal)?.everyMs ?? 'off');
    }
    // A weather that is in force again may have made its next change already.
    const fromMs = Math.max(atMs, journal.lastMs);
    await this.#set(node, skewed.become(node.clock, fromMs, journal.state()), why, fromMs);
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

  /** One of many: a failure is told, and the next one may do better. */
  async #syncAgain(id: string): Promise<void> {
    const node = this.#options.nodeOf(id);
    const isGone = (): boolean => node === undefined || !node.isRunning || this.#isClosed;
    if (node === undefined || isGone()) return;
    const journal = this.#journalOf(node);
    const asked = scheduled(journal);
    try {
      const { measured } = (await this.#measure([node])).get(node)!;
      if (asked === undefined || scheduled(journal) !== asked) return;
      const atMs = momentOf(node, trueNowMs());
      const steps = stepsOf(again, syncedBy(measured, node.clock, atMs));
      const state = afterSteps(node.clock, steps, atMs);
      for (const { apply } of steps) this.#add(node, { ...asked, begins: false, atMs, apply });
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

  /** Puts a clock's state in place and into the recording, from which every reading follows. */
  #set(node: NodeProcess, state: ClockState, why: Why, atTrueMs: number): Promise<void> {
    const heard = node.setClock(state);
    const weather = this.weatherOf(node.id);
    const describes = skewed.describe(state, atTrueMs);
    const facts = {
      ...why,
      describes,
      isPerfect: skewed.isPerfect(state, atTrueMs),
      ...(weather === null ? {} : { weather }),
      state,
    };
    this.#options.record('clock.changed', node.id, facts, atTrueMs);
    return heard;
  }
}

/** The change that has the clock synchronized repeatedly, or no more. */
const scheduled = (journal: ClockJournal): ClockStep | undefined =>
  journal.latest('sync', ({ everyMs }) => everyMs !== undefined);

/** What the recording tells of a measurement; all times in ms. */
const factsOf = (measured: ntp.Measurement | undefined): Why =>
  measured === undefined ? {} : { measured };

/** Changes of a clock are made in order; one that is on its way to the node is the last so far. */
const momentOf = ({ clock }: NodeProcess, nowMs: number): number =>
  Math.max(nowMs, clock.sinceTrueMs);
