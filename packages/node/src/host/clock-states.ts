/** The clock that a node reads, put in the place of the process's own, and the states that it takes on. */
import type { ClockState } from '@faultline/clocks';
import type { FromNode, NodeConfig } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import { HostClock } from './clock.ts';
import { installVirtualTime } from './virtual-time.ts';
import type { VirtualTimers } from './virtual-timers.ts';

const real = { setTimeout };
/** Longer than a message takes to a node that is not busy: a state that begins when it is sent. */
const wayMsMax = 10;

export class ClockStates {
  readonly clock: HostClock;
  readonly timers: VirtualTimers;
  readonly #tell: (message: FromNode) => void;

  constructor(
    { id, incarnation, clock, clocksToCome, vector }: NodeConfig,
    tell: (message: FromNode) => void,
  ) {
    // A vector clock starts at nothing with each start of the node: under an id of its own, or its new
    // events would pass for old ones.
    const life = incarnation === 1 ? id : `${id}.${incarnation}`;
    this.#tell = tell;
    this.clock = new HostClock(life, clock, vector);
    const toComeMs = clocksToCome.map((state) => this.clock.setState(state));
    this.timers = installVirtualTime(this.clock);
    for (const ms of toComeMs) this.#rearmAfter(ms);
  }

  /** Takes on a state that was sent at `sentMs` of true time, and tells if that is too late. */
  change(state: ClockState, sentMs: number): void {
    const atMs = trueNowMs();
    this.#rearmAfter(this.clock.setState(state));
    const lateMs = atMs - state.sinceTrueMs;
    // The recording says otherwise: that the node has read this state from its beginning on.
    if (lateMs > (sentMs < state.sinceTrueMs ? 0 : wayMsMax)) {
      this.#tell({ from: 'clockLate', atMs, lateMs });
    }
  }

  /** Waiting timers are computed again when a state begins, not when it arrives. */
  #rearmAfter(ms: number): void {
    if (ms === 0) this.timers.rearm();
    else real.setTimeout(() => this.timers.rearm(), Math.ceil(ms));
  }
}
