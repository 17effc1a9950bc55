/**
 * The nodes' clocks: what is done to them by hand, by their weather and by synchronising them, in one
 * place, because all three change one state. Each change goes to the node and into the recording.
 */
import type { AskedOfClock, EventFacts, RecordEvent } from '@faultline/actions';
import { type ClockState, type ntp, skewed } from '@faultline/clocks';
import { asFaultlineError, FaultlineError, timeServer } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { NodeProcess } from '../nodes/node-process.ts';
import { carriedOver, changeClock } from './clock-change.ts';
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
  #timeServer: TimeServer | undefined;
  #isClosed = false;

  constructor(options: ClocksOptions) {
    this.#options = options;
    this.#weather = new Weather({
      seed: options.seed,
      trueNow: trueNowMs,
      onDue: (id, change, atTrueMs) => this.#onWeather(id, change, atTrueMs),
    });
    this.#syncs = new SyncDesk((id) => this.#syncAgain(id));
  }

  weatherOf(id: string): string | null {
    return this.#weather.textOf(id);
  }

  syncOf(id: string): string | null {
    return this.#syncs.textOf(id);
  }

  /** A new node has the cluster's weather from this moment on. */
  begin(node: NodeProcess, atTrueMs: number): void {
    const { weather } = this.#options;
    if (weather.spec.kind === 'perfect') return;
    const state = this.#weather.begin(node.id, weather, node.clock, atTrueMs);
    void this.#set(node, state, { change: { weather: weather.text } }, atTrueMs);
  }

  forget(id: string): void {
    this.#weather.end(id);
    this.#syncs.end(id);
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
    const { change, reset, sync } = asked;
    const weather = asked.weather && inWords(asked.weather);
    const every = sync?.everyMs;
    const isAsking = sync !== undefined && every !== 'off';
    const measured = isAsking ? await this.#measure(nodes) : new Map<NodeProcess, undefined>();
    const nowMs = trueNowMs();
    const changed = nodes.map((node) => {
      const atMs = momentOf(node, nowMs);
      const found = measured.get(node);
      // Its weather may have moved it while others were still asking.
      const correction = found && carriedOver(found.measured, found.clock, node.clock, atMs);
      return { node, atMs, state: changeClock(node.clock, asked, atMs, correction) };
    });
    const heard = changed.map(({ node, atMs, state }) => {
      if (reset) this.#weather.end(node.id);
      if (reset || every === 'off') this.#syncs.end(node.id);
      else if (every !== undefined) this.#syncs.every(node.id, every);
      const next = weather ? this.#weather.begin(node.id, weather, node.clock, atMs) : state;
      return this.#set(node, next, { change, ...factsOf(measured.get(node)?.measured) }, atMs);
    });
    await Promise.all(heard);
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
    try {
      const { measured } = (await this.#measure([node])).get(node)!;
      const atMs = momentOf(node, trueNowMs());
      const state = changeClock(node.clock, again, atMs, measured);
      void this.#set(node, state, factsOf(measured), atMs);
    } catch (thrown) {
      if (isGone()) return;
      this.#options.record('clock.unsynced', id, { reason: asFaultlineError(thrown).message });
    }
  }

  #onWeather(
    id: string,
    apply: (state: ClockState, atTrueMs: number) => ClockState,
    dueMs: number,
  ): void {
    const node = this.#options.nodeOf(id);
    if (node === undefined) return;
    const atMs = momentOf(node, dueMs);
    void this.#set(node, apply(node.clock, atMs), { change: {} }, atMs);
  }

  /** Puts a clock's state in place and into the recording, from which every reading follows. */
  #set(node: NodeProcess, state: ClockState, why: Why, atTrueMs: number): Promise<void> {
    const heard = node.setClock(state);
    const weather = this.#weather.textOf(node.id);
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

/** What the recording tells of a measurement; all times in ms. */
const factsOf = (measured: ntp.Measurement | undefined): Why =>
  measured === undefined ? {} : { measured };

/** Changes of a clock are made in order; one that is on its way to the node is the last so far. */
const momentOf = ({ clock }: NodeProcess, nowMs: number): number =>
  Math.max(nowMs, clock.sinceTrueMs);
