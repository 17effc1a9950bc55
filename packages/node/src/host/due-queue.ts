/**
 * What is due later, earliest first, and in the order of `order` where it is due together: a binary
 * heap in which each item knows its place, so that one can be taken out of the middle.
 */
export interface Due {
  dueMs: number;
  order: number;
  /** Its index in the heap; -1: in none. Only the queue changes it. */
  place: number;
}

export class DueQueue<T extends Due> {
  readonly #items: T[] = [];

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  remove(item: T): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    // One of the two does nothing.
    this.#sink(last, place);
    this.#rise(last, last.place);
  }

  /** Puts the item at a place, or as far above it as it belongs. */
  #rise(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#items[parent]!;
      if (!isBefore(item, above)) break;
      this.#put(above, at);
      at = parent;
    }
    this.#put(item, at);
  }

  #sink(item: T, from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.#items.length) break;
      const right = left + 1;
      const child =
        right < this.#items.length && isBefore(this.#items[right]!, this.#items[left]!)
          ? right
          : left;
      const below = this.#items[child]!;
      if (!isBefore(below, item)) break;
      this.#put(below, at);
      at = child;
    }
    this.#put(item, at);
  }

  #put(item: T, at: number): void {
    this.#items[at] = item;
    item.place = at;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
