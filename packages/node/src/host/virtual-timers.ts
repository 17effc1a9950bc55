/**
 * Timers that follow a node's clock. A timer of n milliseconds waits until the node's
 * monotonic clock has advanced by that much, however fast that clock runs, also when its rate changes
 * in the meantime. None fires before its time by that clock, and they fire in the order of their
 * times; those of the same delay in the order in which they were set, as Node's do.
 *
 * Underneath is one real timer, captured before anything replaced the global ones, which is set for
 * the earliest of them. What is due runs by `setImmediate`, so that promises settle between two
 * callbacks, as they do in Node.
 */
import { AsyncResource } from 'node:async_hooks';
import { type Due, DueQueue } from './due-queue.ts';

const real = { setTimeout, clearTimeout, setImmediate };
const realDelayMax = 0x7fffffff;

/** The node's clock, as timers need it. */
export interface TimeSource {
  /** Never goes back. */
  monotonic(): number;
  /** The true time until `monotonic` has this reading, as the clock runs now. */
  trueDelayUntil(monotonicMs: number): number;
}

export class VirtualTimers {
  readonly #time: TimeSource;
  readonly #waiting = new DueQueue<VirtualTimeout>();
  /** How many of those that wait keep the process alive. */
  #refs = 0;
  #lastOrder = 0;
  #wake: NodeJS.Timeout | undefined;
  /** What the node's clock will read at the next wake; infinite where none is set. */
  #wakeMs = Number.POSITIVE_INFINITY;
  readonly #byNumber = new Map<number, VirtualTimeout>();
  #lastNumber = 0;

  constructor(time: TimeSource) {
    this.#time = time;
  }

  /** Throws RangeError if `ms` is not a number. Below 0 counts as 0; an infinite one never fires. */
  start(run: () => void, ms: number, isRepeating: boolean): VirtualTimeout {
    const delayMs = Math.max(0, Number(ms));
    if (Number.isNaN(delayMs))
      throw new RangeError(`a timer needs a number of milliseconds, got ${ms}`);
    const timeout = new VirtualTimeout(this, run, delayMs, isRepeating);
    this.add(timeout);
    return timeout;
  }

  /** Sets the next wake; to be called when the clock was changed, which moves it. */
  rearm(): void {
    real.clearTimeout(this.#wake);
    this.#wake = undefined;
    this.#wakeMs = this.#waiting.first?.dueMs ?? Number.POSITIVE_INFINITY;
    if (this.#wakeMs === Number.POSITIVE_INFINITY) return;
    const trueMs = Math.min(Math.ceil(this.#time.trueDelayUntil(this.#wakeMs)), realDelayMax);
    this.#wake = real.setTimeout(this.#onWake, trueMs);
    if (this.#refs === 0) this.#wake.unref();
  }

  byNumber(number: number): VirtualTimeout | undefined {
    return this.#byNumber.get(number);
  }

  /** Lets a timeout wait for the whole of its delay, from now on. This and the rest is for timeouts. */
  add(timeout: VirtualTimeout): void {
    this.remove(timeout);
    timeout.dueMs = this.#time.monotonic() + timeout.delayMs;
    timeout.order = ++this.#lastOrder;
    this.#waiting.add(timeout);
    if (timeout.number !== undefined) this.#byNumber.set(timeout.number, timeout);
    if (timeout.hasRef()) this.countRef(1);
    if (timeout.dueMs < this.#wakeMs) this.rearm();
  }

  remove(timeout: VirtualTimeout): void {
    if (timeout.place < 0) return;
    if (timeout.hasRef()) this.countRef(-1);
    if (timeout.number !== undefined) this.#byNumber.delete(timeout.number);
    this.#waiting.remove(timeout);
  }

  countRef(change: 1 | -1): void {
    this.#refs += change;
    if (this.#refs === 0) this.#wake?.unref();
    else if (this.#refs === 1 && change === 1) this.#wake?.ref();
  }

  number(timeout: VirtualTimeout): number {
    const number = ++this.#lastNumber;
    if (timeout.place >= 0) this.#byNumber.set(number, timeout);
    return number;
  }

  /** May find nothing due: a real timer can be early, and a long wait is split. */
  readonly #onWake = (): void => {
    const nowMs = this.#time.monotonic();
    for (
      let first = this.#waiting.first;
      first !== undefined && first.dueMs <= nowMs;
      first = this.#waiting.first
    ) {
      this.remove(first);
      first.isDue = true;
      real.setImmediate(fire, first);
    }
    this.rearm();
  };
}

function fire(timeout: VirtualTimeout): void {
  timeout.fire();
}

/** What `setTimeout` returns, with the methods of Node's own. */
export class VirtualTimeout implements Due {
  dueMs = 0;
  order = 0;
  place = -1;
  /** Its time has come and its callback has not run yet. */
  isDue = false;
  readonly delayMs: number;
  /** Allocated only when the timeout is converted to a number. */
  number: number | undefined;
  readonly #timers: VirtualTimers;
  readonly #run: () => void;
  readonly #isRepeating: boolean;
  /** The callback runs in the asynchronous context in which the timer was set. */
  readonly #context = new AsyncResource('Timeout');
  #hasRef = true;
  #isClosed = false;

  constructor(timers: VirtualTimers, run: () => void, delayMs: number, isRepeating: boolean) {
    this.#timers = timers;
    this.#run = run;
    this.delayMs = delayMs;
    this.#isRepeating = isRepeating;
  }

  fire(): void {
    if (!this.isDue) return;
    this.isDue = false;
    if (this.#isRepeating) this.#timers.add(this);
    this.#context.runInAsyncScope(this.#run, this);
  }

  /** Restarts its delay, even after it has fired; a cleared timeout stays cleared. */
  refresh(): this {
    if (this.#isClosed) return this;
    this.isDue = false;
    this.#timers.add(this);
    return this;
  }

  ref(): this {
    if (!this.#hasRef && this.place >= 0) this.#timers.countRef(1);
    this.#hasRef = true;
    return this;
  }

  unref(): this {
    if (this.#hasRef && this.place >= 0) this.#timers.countRef(-1);
    this.#hasRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#hasRef;
  }

  close(): this {
    this.#isClosed = true;
    this.isDue = false;
    this.#timers.remove(this);
    return this;
  }

  [Symbol.toPrimitive](): number {
    this.number ??= this.#timers.number(this);
    return this.number;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
