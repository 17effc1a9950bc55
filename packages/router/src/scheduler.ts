/**
 * Waits for messages that are due later, and releases each at its time: never before, and as little
 * after as the machine allows.
 *
 * A timer of Node is good to a millisecond or two, which is too coarse for a network. So the timer
 * is set to wake early, and the rest is waited out in naps: the thread sleeps a fraction of a
 * millisecond at a time and serves its sockets in between. That costs other messages up to one nap,
 * and only while something is due within two milliseconds.
 */

export interface Due {
  /** True time. */
  readonly dueMs: number;
}

const timerSlackMs = 2;
const napMs = 0.1;
const napCell = new Int32Array(new SharedArrayBuffer(4));

export class Scheduler<T extends Due> {
  readonly #now: () => number;
  readonly #onDue: (item: T, nowMs: number) => void;
  readonly #onHandedOut: () => void;
  /** A binary heap by due time; `#orders` breaks ties in the order of arrival. */
  readonly #items: T[] = [];
  readonly #orders: number[] = [];
  #nextOrder = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerForMs = Number.POSITIVE_INFINITY;
  #isNapping = false;

  /** `onDue` gets each item at its time; `onHandedOut` comes after the last of those due together. */
  constructor(now: () => number, onDue: (item: T, nowMs: number) => void, onHandedOut: () => void) {
    this.#now = now;
    this.#onDue = onDue;
    this.#onHandedOut = onHandedOut;
  }

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#push(item, this.#nextOrder++);
    if (this.#items[0] === item) this.#arm();
  }

  /** What waits, in no particular order. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Removes and returns the items that `isMeant` selects, in the order in which they are due. */
  take(isMeant: (item: T) => boolean): T[] {
    const [taken, left]: [number[], number[]] = [[], []];
    for (const index of this.#items.keys()) {
      (isMeant(this.#items[index]!) ? taken : left).push(index);
    }
    const inOrder = taken
      .sort((a, b) => (this.#isBefore(a, b) ? -1 : 1))
      .map((index) => this.#items[index]!);
    if (taken.length > 0) this.#rebuild(left);
    return inOrder;
  }

  /** Items are due at other times than when they were added. */
  reschedule(): void {
    this.#rebuild([...this.#items.keys()]);
    this.#arm();
  }

  #rebuild(indexes: readonly number[]): void {
    const items = indexes.map((index) => this.#items[index]!);
    const orders = indexes.map((index) => this.#orders[index]!);
    this.#items.length = 0;
    this.#orders.length = 0;
    for (const [index, item] of items.entries()) this.#push(item, orders[index]!);
  }

  /** Stops. Returns what was still waiting. */
  stop(): T[] {
    clearTimeout(this.#timer);
    this.#orders.length = 0;
    return this.#items.splice(0);
  }

  #arm(): void {
    if (this.#isNapping) return;
    const next = this.#items[0];
    if (next === undefined) return;
    const waitMs = next.dueMs - this.#now();
    if (waitMs <= timerSlackMs) {
      clearTimeout(this.#timer);
      this.#timerForMs = Number.POSITIVE_INFINITY;
      this.#isNapping = true;
      setImmediate(this.#watch);
    } else if (next.dueMs < this.#timerForMs) {
      clearTimeout(this.#timer);
      this.#timerForMs = next.dueMs;
      // Node's timers take at most 2^31-1 ms; a longer wait is taken up again when this one ends.
      const timerMs = Math.min(Math.floor(waitMs - timerSlackMs), 0x7fffffff);
      this.#timer = setTimeout(this.#onTimer, timerMs);
    }
  }

  #onTimer = (): void => {
    this.#timerForMs = Number.POSITIVE_INFINITY;
    this.#arm();
  };

  #watch = (): void => {
    let nowMs = this.#now();
    const sizeBefore = this.#items.length;
    while (this.#items.length > 0 && this.#items[0]!.dueMs <= nowMs) {
      this.#onDue(this.#pop(), nowMs);
      nowMs = this.#now();
    }
    if (this.#items.length < sizeBefore) this.#onHandedOut();
    const waitMs = (this.#items[0]?.dueMs ?? Number.POSITIVE_INFINITY) - nowMs;
    if (waitMs > timerSlackMs) {
      this.#isNapping = false;
      this.#arm();
      return;
    }
    Atomics.wait(napCell, 0, 0, Math.min(waitMs, napMs));
    setImmediate(this.#watch);
  };

  #isBefore(a: number, b: number): boolean {
    const aMs = this.#items[a]!.dueMs;
    const bMs = this.#items[b]!.dueMs;
    return aMs < bMs || (aMs === bMs && this.#orders[a]! < this.#orders[b]!);
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a]!;
    this.#items[a] = this.#items[b]!;
    this.#items[b] = item;
    const order = this.#orders[a]!;
    this.#orders[a] = this.#orders[b]!;
    this.#orders[b] = order;
  }

  #push(item: T, order: number): void {
    this.#items.push(item);
    this.#orders.push(order);
    for (let at = this.#items.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): T {
    const last = this.#items.length - 1;
    this.#swap(0, last);
    const item = this.#items.pop()!;
    this.#orders.pop();
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= last) break;
      const right = left + 1;
      const child = right < last && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, at)) break;
      this.#swap(child, at);
      at = child;
    }
    return item;
  }
}
