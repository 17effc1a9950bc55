/** The clock that a node reads, put in the place of the process's own, and the states that it takes on. */
import type { ClockState } from '@faultline/clocks';
import type { FromNode, NodeConfig } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import { HostClock } from './clock.ts';
import { incarnationId, KnownIncarnations, type LatestIncarnations } from './known-incarnations.ts';
import { installVirtualTime } from './virtual-time.ts';
import type { VirtualTimers } from './virtual-timers.ts';

const real = { setTimeout };
/**
 * By how many milliseconds a state came too late that was sent at `sentMs` and arrived at `atMs`; 0: it
 * did not. One that begins as it is sent is always on its way for a moment. That is too late only if the
 * node stamped an event with the state before, last at `stampedMs`, or if it took unusually long.
 */
export function latenessMs(
  { sinceTrueMs }: ClockState,
  { sentMs, atMs, stampedMs }: { sentMs: number; atMs: number; stampedMs: number },
): number {
  const allowedMs = sentMs < sinceTrueMs || stampedMs > sinceTrueMs ? 0 : wayMsMax;
  const lateMs = atMs - sinceTrueMs;
  return lateMs > allowedMs ? lateMs : 0;
}

/** Longer than a message takes to a node that is not busy: a state that begins when it is sent. */
const wayMsMax = 10;

export class ClockStates {
  readonly clock: HostClock;
  readonly timers: VirtualTimers;
  readonly #notify: (message: FromNode) => void;
  readonly #known: KnownIncarnations;

  constructor(
    { id, incarnation, clock, clocksToCome, vector, incarnations }: NodeConfig,
    notify: (message: FromNode) => void,
  ) {
    // A vector clock starts empty with each start of the node. Each start needs its own id, or new events
    // would be mistaken for old ones.
    const clockId = incarnationId(id, incarnation);
    this.#notify = notify;
    this.#known = new KnownIncarnations(incarnations);
    this.clock = new HostClock(clockId, clock, vector, trueNowMs, (id) => this.#known.admits(id));
    const toComeMs = clocksToCome.map((state) => this.clock.setState(state));
    this.timers = installVirtualTime(this.clock);
    for (const ms of toComeMs) this.#rearmAfter(ms);
  }

  /** Adds incarnations that vectors may name. */
  addIncarnations(incarnations: LatestIncarnations): void {
    this.#known.add(incarnations);
  }

  /** Takes on a state that was sent at `sentMs` of true time, and reports if that is too late. */
  change(state: ClockState, sentMs: number): void {
    const atMs = trueNowMs();
    const { stampedMs } = this.clock;
    this.#rearmAfter(this.clock.setState(state));
    const lateMs = latenessMs(state, { sentMs, atMs, stampedMs });
    // The recording says otherwise: that the node has read this state from its beginning on.
    if (lateMs > 0) this.#notify({ from: 'clockLate', atMs, lateMs });
  }

  /** Waiting timers are computed again when a state begins, not when it arrives. */
  #rearmAfter(ms: number): void {
    if (ms === 0) this.timers.rearm();
    else real.setTimeout(() => this.timers.rearm(), Math.ceil(ms));
  }
}
