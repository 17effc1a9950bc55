/**
 * A node's clocks: the skewed physical one, and the logical ones that its messages carry.
 *
 * The physical one is a state that the supervisor makes and sends. One that begins later than it
 * arrives waits for its moment. One that began before may read less than the one before it has shown:
 * so the monotonic clock is held here until the new state is past that.
 */
import {
  type ClockState,
  HybridClock,
  hybrid,
  LamportClock,
  skewed,
  VectorClock,
} from '@faultline/clocks';
import type { FrameReader, StampsToWrite } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { NodeClock } from '../port.ts';
import type { NodeTime } from './virtual-time.ts';

export class HostClock implements NodeClock, NodeTime {
  #state: ClockState;
  /** States that have not begun yet, in order. */
  #coming: ClockState[] = [];
  #lastMonotonicMs = Number.NEGATIVE_INFINITY;
  readonly #trueNow: () => number;
  readonly #lamport = new LamportClock();
  readonly #hybrid = new HybridClock();
  readonly #vector: VectorClock | undefined;
  /** Overwritten for each message; the writer copies it before the next. */
  readonly #stamps: { -readonly [K in keyof StampsToWrite]: StampsToWrite[K] };
  readonly #remote = { l: 0, c: 0 };

  /** `admits`: which ids the vector takes over from messages; default: all. */
  constructor(
    id: string,
    state: ClockState,
    withVector: boolean,
    trueNow = trueNowMs,
    admits?: (id: string) => boolean,
  ) {
    this.#state = state;
    this.#trueNow = trueNow;
    this.#vector = withVector ? new VectorClock(id, {}, admits) : undefined;
    this.#stamps = {
      wallMs: 0,
      trueMs: 0,
      lamport: 0,
      hybridMs: 0,
      hybridCounter: 0,
      vector: this.#vector,
    };
  }

  /** Returns how much true time it is until the state begins. */
  setState(state: ClockState): number {
    this.#coming.push(state);
    const trueMs = this.#trueNow();
    this.#at(trueMs);
    return Math.max(0, state.sinceTrueMs - trueMs);
  }

  /** True time of the last event that was stamped; 0 before the first. */
  get stampedMs(): number {
    return this.#stamps.trueMs;
  }

  /** When the state began that holds now. */
  get sinceTrueMs(): number {
    return this.#at(this.#trueNow()).sinceTrueMs;
  }

  wall(): number {
    const trueMs = this.#trueNow();
    return skewed.wallAt(this.#at(trueMs), trueMs);
  }

  monotonic(): number {
    const trueMs = this.#trueNow();
    const nowMs = skewed.monotonicAt(this.#at(trueMs), trueMs);
    this.#lastMonotonicMs = Math.max(this.#lastMonotonicMs, nowMs);
    return this.#lastMonotonicMs;
  }

  trueDelayUntil(monotonicMs: number): number {
    const trueMs = this.#trueNow();
    const state = this.#at(trueMs);
    const leftMs = monotonicMs - skewed.monotonicAt(state, trueMs);
    return skewed.trueDelayFor(state, trueMs, leftMs);
  }

  lamport(): number {
    return this.#lamport.value;
  }

  vector(): Record<string, number> {
    if (this.#vector === undefined) {
      throw new RangeError('this cluster keeps no vector clocks: start it with --vector on');
    }
    return this.#vector.snapshot();
  }

  hybrid(): string {
    this.#hybrid.now(this.wall());
    return hybrid.format(this.#hybrid);
  }

  observeHybrid(stamp: string): void {
    const stored = hybrid.parse(stamp);
    if (!this.#hybrid.observe(stored, this.wall())) {
      throw new RangeError(`the stamp ${stamp} is beyond every wall clock, so it is rejected`);
    }
  }

  interval(): { earliestMs: number; latestMs: number } {
    const trueMs = this.#trueNow();
    return skewed.intervalAt(this.#at(trueMs), trueMs);
  }

  /** An event of this node, such as a send: its stamps, to be written before the next call. */
  tick(): StampsToWrite {
    const trueMs = this.#trueNow();
    const wallMs = skewed.wallAt(this.#at(trueMs), trueMs);
    this.#lamport.tick();
    this.#hybrid.now(wallMs);
    const stamps = this.#stamp(trueMs, wallMs);
    // Last: a stack that is full ends this call before the vector counts, or after all of it.
    this.#vector?.tick();
    return stamps;
  }

  /** The event that ticked last did not happen: nothing has its stamps. */
  takeBack(): void {
    this.#vector?.takeBack();
  }

  /** A message came in: the logical clocks take over what it knows. Stamps as of `tick`. */
  observe(message: FrameReader): StampsToWrite {
    if (message.stampsAt < 0) return this.tick();
    const trueMs = this.#trueNow();
    const wallMs = skewed.wallAt(this.#at(trueMs), trueMs);
    this.#lamport.observe(message.lamport);
    this.#remote.l = message.hybridMs;
    this.#remote.c = message.hybridCounter;
    this.#hybrid.observe(this.#remote, wallMs);
    if (this.#vector !== undefined) {
      message.eachVectorEntry(this.#learn);
      this.#vector.tick();
    }
    return this.#stamp(trueMs, wallMs);
  }

  #stamp(trueMs: number, wallMs: number): StampsToWrite {
    const stamps = this.#stamps;
    stamps.trueMs = trueMs;
    stamps.wallMs = wallMs;
    stamps.lamport = this.#lamport.value;
    stamps.hybridMs = this.#hybrid.l;
    stamps.hybridCounter = this.#hybrid.c;
    return stamps;
  }

  /** The state that holds at this moment, which is no earlier than one that was asked for before. */
  #at(trueMs: number): ClockState {
    while (this.#coming.length > 0 && this.#coming[0]!.sinceTrueMs <= trueMs) {
      this.#state = this.#coming.shift()!;
    }
    return this.#state;
  }

  readonly #learn = (id: string, count: number): void => {
    this.#vector!.learn(id, count);
  };
}
