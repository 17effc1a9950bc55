/**
 * The state of a replicated map in which the last write wins, and the only rule that changes it. A
 * pure state machine: two stores that have seen the same entries are equal, in whatever order and
 * however often the entries came.
 */
import type { Json } from '@faultline/node';

/** What was written, and when by the clock of the node that took the write. */
export interface Entry {
  readonly key: string;
  readonly value: Json;
  readonly stamp: Stamp;
}

/** Compared as text; equal times are told apart by the node, so that all nodes choose the same. */
export interface Stamp {
  /** Fixed-width text that sorts as time does. */
  readonly time: string;
  readonly node: string;
}

export class Store {
  readonly #entries = new Map<string, Entry>();

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Takes the entry if it is newer than what is there. Tells whether it was. */
  merge(entry: Entry): boolean {
    const known = this.#entries.get(entry.key);
    if (known !== undefined && compareStamps(entry.stamp, known.stamp) <= 0) return false;
    this.#entries.set(entry.key, entry);
    return true;
  }

  /** What this store has, as key and stamp: enough for another to tell what it lacks. */
  digest(): Record<string, Stamp> {
    return Object.fromEntries([...this.#entries].map(([key, { stamp }]) => [key, stamp]));
  }

  /** The entries that a store with this digest lacks or has in an older form. */
  newerThan(digest: Readonly<Record<string, Stamp>>): Entry[] {
    return [...this.#entries.values()].filter(({ key, stamp }) => {
      const known = Object.hasOwn(digest, key) ? digest[key] : undefined;
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
