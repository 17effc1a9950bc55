/**
 * The state of a replicated map in which the last write wins, and the only rule that changes it. A
 * pure state machine: two stores that have seen the same entries are equal, in whatever order and
 * however often the entries came.
 */
import type { Json } from '@faultline/node';

/** What was written, and when by the clock of the node that took the write. */
export type Entry = {
  readonly key: string;
  readonly value: Json;
  readonly stamp: Stamp;
};

/** Compared as text; the node breaks ties between equal times, so that all nodes choose the same. */
export type Stamp = {
  /** Fixed-width text that sorts as time does. */
  readonly time: string;
  readonly node: string;
};

/** What a store has of the keys from `from`, and before `to`; null: no bound. */
export type Digest = {
  readonly from: string | null;
  readonly to: string | null;
  readonly stamps: Readonly<Record<string, Stamp>>;
};

/** A message has at most a megabyte, and a character at most four bytes. */
const partCharsMax = 200_000;
const overheadChars = 40;

/** Entries in groups that fit into a message each. */
export function inParts(entries: readonly Entry[]): Entry[][] {
  const parts: Entry[][] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const needed = JSON.stringify(entry).length;
    if (chars + needed > partCharsMax) {
      parts.push([]);
      chars = 0;
    }
    parts.at(-1)!.push(entry);
    chars += needed;
  }
  return parts;
}

export class Store {
  readonly #entries = new Map<string, Entry>();

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Whether the entry is newer than what is there. */
  isNews({ key, stamp }: Entry): boolean {
    const known = this.#entries.get(key);
    return known === undefined || compareStamps(stamp, known.stamp) > 0;
  }

  /** Takes the entry if it is newer than what is there. Returns whether it was. */
  merge(entry: Entry): boolean {
    if (!this.isNews(entry)) return false;
    this.#entries.set(entry.key, entry);
    return true;
  }

  /**
   * What this store has, as keys and stamps: enough for another store to see what it lacks. In parts that
   * fit into a message each; together they cover every key there can be.
   */
  digests(): Digest[] {
    const keys = [...this.#entries.keys()].sort();
    const parts: Digest[] = [];
    let stamps: [string, Stamp][] = [];
    let from: string | null = null;
    let chars = 0;
    for (const key of keys) {
      const { stamp } = this.#entries.get(key)!;
      const needed = key.length + stamp.time.length + stamp.node.length + overheadChars;
      if (chars + needed > partCharsMax && stamps.length > 0) {
        parts.push({ from, to: key, stamps: Object.fromEntries(stamps) });
        stamps = [];
        from = key;
        chars = 0;
      }
      stamps.push([key, stamp]);
      chars += needed;
    }
    parts.push({ from, to: null, stamps: Object.fromEntries(stamps) });
    return parts;
  }

  /** The entries that a store with this digest lacks or has in an older form. */
  newerThan({ from, to, stamps }: Digest): Entry[] {
    return [...this.#entries.values()].filter(({ key, stamp }) => {
      if ((from !== null && key < from) || (to !== null && key >= to)) return false;
      const known = Object.hasOwn(stamps, key) ? stamps[key] : undefined;
      return known === undefined || compareStamps(stamp, known) > 0;
    });
  }

  entries(): Entry[] {
    return [...this.#entries.values()];
  }
}

function compareStamps(a: Stamp, b: Stamp): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  if (a.node !== b.node) return a.node < b.node ? -1 : 1;
  return 0;
}
