/**
 * The replicated log: entries from 1 on, of which the oldest are replaced by a snapshot of what they came
 * to (paper, section 7). A node follows the newest membership in its log, committed or not (dissertation,
 * section 4.1), so the log knows that too.
 */
import type { Command, Saved } from './machine.ts';

export type Entry =
  /** The first entry of each leader; `run` counts the starts of the whole cluster. */
  | { readonly term: number; readonly kind: 'noop'; readonly run: number }
  | { readonly term: number; readonly kind: 'members'; readonly voters: readonly string[] }
  | {
      readonly term: number;
      readonly kind: 'command';
      readonly client: string;
      /** The request's `msg_id`; null: it cannot be distinguished from a repetition. */
      readonly id: number | null;
      readonly command: Command;
    };

export type Snapshot = {
  /** The last entry that is in it. */
  readonly index: number;
  readonly term: number;
  /** The membership as of that entry. */
  readonly voters: readonly string[];
  /** The greatest `run` among the entries that are in it. */
  readonly run: number;
  readonly state: Saved;
};

/** Entries that go into one message: a character has at most three bytes, a message a megabyte. */
export const charsMax = 200_000;

export class Log {
  snapshot: Snapshot | null = null;
  /** The index before the first entry that is here. Invariant: `snapshot === null ? 0 : <= snapshot.index`. */
  #base = 0;
  #baseTerm = 0;
  #entries: Entry[] = [];
  /** Memberships in the log by index, oldest first. */
  #memberships: { readonly index: number; readonly voters: readonly string[] }[] = [];

  get last(): number {
    return this.#base + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#baseTerm;
  }

  /** The index of the oldest entry that is here. */
  get first(): number {
    return this.#base + 1;
  }

  /** Undefined where the entry is not there yet, or not any more. */
  termAt(index: number): number | undefined {
    return index === this.#base ? this.#baseTerm : this.at(index)?.term;
  }

  at(index: number): Entry | undefined {
    return index > this.#base ? this.#entries[index - this.#base - 1] : undefined;
  }

  /** Whether another log that ends so is at least as complete as this one (paper, section 5.4.1). */
  isCoveredBy(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.last);
  }

  /** The newest membership; empty if there is none yet. */
  get voters(): readonly string[] {
    return this.#memberships.at(-1)?.voters ?? [];
  }

  /** The membership before the newest one, where the log knows it still. */
  get formerVoters(): readonly string[] {
    return this.#memberships.at(-2)?.voters ?? [];
  }

  /** Where the newest membership was written. */
  get votersIndex(): number {
    return this.#memberships.at(-1)?.index ?? 0;
  }

  get run(): number {
    return this.#entries.reduce(
      (run, entry) => (entry.kind === 'noop' ? Math.max(run, entry.run) : run),
      this.snapshot?.run ?? 0,
    );
  }

  /** From an index on, as many as fit into a message, but no more than `countMax`; one at least. */
  from(index: number, countMax: number): Entry[] {
    const found: Entry[] = [];
    let chars = 0;
    for (let i = index; i <= this.last && found.length < countMax; i++) {
      const entry = this.at(i)!;
      chars += JSON.stringify(entry).length;
      if (found.length > 0 && chars > charsMax) break;
      found.push(entry);
    }
    return found;
  }

  after(index: number): Entry[] {
    return this.#entries.slice(Math.max(0, index - this.#base));
  }

  /** Puts an entry at an index, in the place of what is there and behind it. */
  put(index: number, entry: Entry): void {
    if (index <= this.#base || index > this.last + 1) {
      throw new RangeError(`entry ${index} does not fit into ${this.first}..${this.last}`);
    }
    this.#entries.length = index - this.#base - 1;
    while (this.votersIndex >= index) this.#memberships.pop();
    this.#entries.push(entry);
    if (entry.kind === 'members') this.#memberships.push({ index, voters: entry.voters });
  }

  /** What a snapshot of everything up to an index would say of it. */
  describe(index: number, state: Saved): Snapshot {
    const voters = this.#memberships.findLast((one) => one.index <= index)?.voters ?? [];
    const run = this.#entries
      .slice(0, index - this.#base)
      .reduce(
        (most, entry) => (entry.kind === 'noop' ? Math.max(most, entry.run) : most),
        this.snapshot?.run ?? 0,
      );
    return { index, term: this.termAt(index)!, voters, run, state };
  }

  /**
   * Puts a snapshot in the place of what it covers, and of everything where what is here is no
   * continuation of it. `keep`: number of covered entries that stay, for nodes that are behind.
   */
  compact(snapshot: Snapshot, keep = 0): void {
    const { index, term, voters } = snapshot;
    this.snapshot = snapshot;
    if (this.termAt(index) === term) {
      const base = Math.max(this.#base, index - keep);
      const baseTerm = this.termAt(base)!;
      this.#entries.splice(0, base - this.#base);
      this.#base = base;
      this.#baseTerm = baseTerm;
    } else {
      this.#entries = [];
      this.#base = index;
      this.#baseTerm = term;
      this.#memberships = [];
    }
    const newer = this.#memberships.filter((one) => one.index > index);
    this.#memberships = voters.length === 0 ? newer : [{ index, voters }, ...newer];
  }
}
