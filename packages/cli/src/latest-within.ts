/**
 * The latest entries whose sizes add up to no more than a limit. Entries may be added in any order of
 * time, and only those that may be among the latest stay in memory.
 */
export class LatestWithin<Entry extends { readonly atMs: number }> {
  readonly #sizeMax: number;
  #kept: { readonly entry: Entry; readonly size: number }[] = [];
  #size = 0;
  #cutMs: number | null = null;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  add(entry: Entry, size: number): void {
    if (this.#cutMs !== null && entry.atMs <= this.#cutMs) return;
    this.#kept.push({ entry, size });
    this.#size += size;
    // Twice the limit, so that each entry is sorted a few times only.
    if (this.#size > 2 * this.#sizeMax) this.#cut();
  }

  /** By time, and at the same time in the order of addition. `cutMs`: entries up to then were omitted. */
  result(): { readonly entries: Entry[]; readonly cutMs: number | null } {
    this.#cut();
    return { entries: this.#kept.map(({ entry }) => entry), cutMs: this.#cutMs };
  }

  #cut(): void {
    this.#kept.sort((a, b) => a.entry.atMs - b.entry.atMs);
    let first = 0;
    for (; this.#size > this.#sizeMax; first++) {
      this.#size -= this.#kept[first]!.size;
      this.#cutMs = this.#kept[first]!.entry.atMs;
    }
    // Entries of one moment are all present or all omitted.
    for (; first < this.#kept.length && this.#kept[first]!.entry.atMs === this.#cutMs; first++) {
      this.#size -= this.#kept[first]!.size;
    }
    this.#kept.splice(0, first);
  }
}
