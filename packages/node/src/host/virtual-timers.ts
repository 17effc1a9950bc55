/**
 * Timers that follow a node's clock. A timer of so many milliseconds waits until the node's
 * monotonic clock has advanced by that much, however fast that clock runs, also when its rate changes
 * in the meantime.
 *
 * Underneath are the process's real timers, captured before anything replaced the global ones.
 */
import { type ClockState, skewed } from '@faultline/clocks';

const real = { setTimeout, clearTimeout };

/** As Node: what is no number, below 1 or too large counts as 1. */
function asDelay(ms: unknown): number {
  const delay = Number(ms);
  return delay >= 1 && delay <= 0x7fffffff ? delay : 1;
}

export interface TimeSource {
  readonly state: ClockState;
  trueNowMs(): number;
}

export class VirtualTimers {
  readonly #source: TimeSource;
  readonly #pending = new Set<VirtualTimeout>();
  readonly #byId = new Map<number, VirtualTimeout>();
  #nextId = 1;

  constructor(source: TimeSource) {
    this.#source = source;
  }

  start(run: () => void, ms: unknown, isRepeating: boolean): VirtualTimeout {
    return new VirtualTimeout(this, run, asDelay(ms), isRepeating);
  }

  /** Takes a timeout, its number, or its number as text, as `clearTimeout` does. */
  clear(timeout: unknown): void {
    if (timeout instanceof VirtualTimeout) timeout.close();
    else if (typeof timeout === 'number' || typeof timeout === 'string') {
      this.#byId.get(Number(timeout))?.close();
    } else real.clearTimeout(timeout as NodeJS.Timeout);
  }

  /** The clock was changed: what waits is set anew. */
  rearm(): void {
    for (const timeout of this.#pending) timeout.arm();
  }

  get monotonicMs(): number {
    return skewed.monotonicAt(this.#source.state, this.#source.trueNowMs());
  }

  /** The true time until the node's monotonic clock reads `monotonicMs`. */
  trueDelayUntil(monotonicMs: number): number {
    const nowMs = this.#source.trueNowMs();
    const left = monotonicMs - skewed.monotonicAt(this.#source.state, nowMs);
    return skewed.trueDelayFor(this.#source.state, nowMs, left);
  }

  add(timeout: VirtualTimeout): void {
    this.#pending.add(timeout);
  }

  remove(timeout: VirtualTimeout): void {
    this.#pending.delete(timeout);
    if (timeout.id !== undefined) this.#byId.delete(timeout.id);
  }

  identify(timeout: VirtualTimeout): number {
    const id = this.#nextId++;
    this.#byId.set(id, timeout);
    return id;
  }
}

/** What `setTimeout` returns, with the methods of Node's own. */
export class VirtualTimeout {
  readonly #timers: VirtualTimers;
  readonly #run: () => void;
  readonly #ms: number;
  readonly #isRepeating: boolean;
  #dueMs: number;
  #real: NodeJS.Timeout | undefined;
  #hasRef = true;
  #isOpen = true;
  /** Given only when somebody asks for the timeout as a number. */
  id: number | undefined;

  constructor(timers: VirtualTimers, run: () => void, ms: number, isRepeating: boolean) {
    this.#timers = timers;
    this.#run = run;
    this.#ms = ms;
    this.#isRepeating = isRepeating;
    this.#dueMs = timers.monotonicMs + ms;
    timers.add(this);
    this.arm();
  }

  arm(): void {
    real.clearTimeout(this.#real);
    const trueMs = Math.min(this.#timers.trueDelayUntil(this.#dueMs), 0x7fffffff);
    this.#real = real.setTimeout(this.#fire, Math.ceil(trueMs));
    if (!this.#hasRef) this.#real.unref();
  }

  readonly #fire = (): void => {
    // Real timers may come a fraction early, and a long wait is taken in pieces.
    if (this.#timers.monotonicMs < this.#dueMs) {
      this.arm();
      return;
    }
    if (this.#isRepeating) {
      this.#dueMs = this.#timers.monotonicMs + this.#ms;
      this.arm();
    } else this.close();
    this.#run();
  };

  refresh(): this {
    this.#isOpen = true;
    this.#timers.add(this);
    this.#dueMs = this.#timers.monotonicMs + this.#ms;
    this.arm();
    return this;
  }

  ref(): this {
    this.#hasRef = true;
    this.#real?.ref();
    return this;
  }

  unref(): this {
    this.#hasRef = false;
    this.#real?.unref();
    return this;
  }

  hasRef(): boolean {
    return this.#isOpen && this.#hasRef;
  }

  close(): this {
    this.#isOpen = false;
    real.clearTimeout(this.#real);
    this.#timers.remove(this);
    return this;
  }

  [Symbol.toPrimitive](): number {
    this.id ??= this.#timers.identify(this);
    return this.id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
