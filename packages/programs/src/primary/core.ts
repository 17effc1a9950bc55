/**
 * Primary and backups, linearizable: one node orders everything, and answers when all have it on disk
 * (Alsberg & Day 1976, "A principle for resilient sharing of distributed resources", with a fixed
 * primary). The primary is the first member and stays it: there is no view change, and so no two
 * primaries.
 *
 * - The primary puts each change into its log and sends every backup what it lacks. What all have is
 *   *committed*: it is applied, in the order of the log, and its client is answered.
 * - Backups pass requests on to the primary. Reads are answered from what is committed.
 * - A primary that comes back finds its log on disk, and first asks what the backups have: until then
 *   it answers 11, and reads until all have all of it, since it does not know what it had committed.
 *   One that finds a backup to have more, since its own disk was wiped, decides nothing any more.
 *
 * In a partition, or while any node is down, nothing can be changed: writes get 0, since they are in the
 * log and will be committed when all are back. Reads continue on nodes that reach the primary. What is
 * gained: any single disk has everything that was acknowledged.
 *
 * What is committed needs not be in the log forever: of each key the last change is enough, at the place
 * that it had. So the log gets gaps, and every copy of it, from whatever place, comes to the same.
 *
 * A change may carry a `request`, any name that its client gives it alone. If the answer is lost and
 * the client asks again under the same name, the answer is that of the first time.
 *
 *   read {key} → {value}, or 20 · write {key, value} · cas {key, from, to}, or 20, 22
 */
import { type Body, errorCodes, type Json, type Message, RpcError } from '@faultline/node';
import { Machine, patienceMs, retryMs, type Self } from '../common/machine.ts';
import { canonicalText, malformed, readKey, readValue } from '../common/read.ts';

export interface PrimaryOptions {
  /** How many of `n` nodes have to have a change before it is committed. Right: all. */
  readonly copies?: (n: number) => number;
  /** Whether a request that was done is not done again. Right: yes. */
  readonly rememberRequests?: boolean;
}

/** Everybody: whichever node is left has all that was acknowledged. */
const all = (n: number): number => n;

type Asked = {
  readonly type: 'write' | 'cas';
  readonly key: string;
  readonly from?: Json;
  readonly to: Json;
  readonly request?: string;
};

type Failure = {
  readonly code: number;
  readonly text: string;
};

/** `done`: all that is left of one that had a name; `none`: that there was one. */
type Change =
  | Asked
  | { readonly type: 'done'; readonly request: string; readonly failure: Failure | null }
  | { readonly type: 'none' };

/** Places count from 0. What is left of a change, and of its name, has the same place. */
type Entry = {
  readonly place: number;
  readonly change: Change;
};

type Append = {
  readonly type: 'append';
  readonly from: number;
  readonly entries: readonly Entry[];
  readonly committed: number;
};

type Appended = { readonly type: 'append_ok'; readonly length: number };

/** Changes of one message. */
const batchCharsMax = 300_000;

export class Primary extends Machine<Entry> {
  readonly handlers = {
    read: (request: Message) => this.#atPrimary(request, () => this.#read(request)),
    write: (request: Message) => this.#atPrimary(request, () => this.#change(request)),
    cas: (request: Message) => this.#atPrimary(request, () => this.#change(request)),
    append: (request: Message<Append>) => this.#append(request),
  };
  /** In the order of their places. */
  #log: Entry[] = [];
  /** The place of the next change. */
  #length = 0;
  readonly #values = new Map<string, { readonly value: Json; readonly place: number }>();
  /** What became of changes with a name; null: they succeeded. */
  readonly #done = new Map<string, { readonly failure: Failure | null; readonly place: number }>();
  /** How many changes each backup has. */
  readonly #copied = new Map<string, number>();
  readonly #asked = new Set<string>();
  /** Clients that wait for the change at a place of the log. */
  readonly #waiting = new Map<number, { readonly request: Message; readonly untilMs: number }[]>();
  /** The place in the log of changes with a name that are not committed yet. */
  readonly #placeOf = new Map<string, number>();
  readonly #copies: number;
  readonly #remembers: boolean;
  /** All have the changes before this place. */
  #committed = 0;
  /** Number of entries of the log that are applied. */
  #applied = 0;
  /** A backup has more than this primary, whose disk was wiped then: it may decide nothing any more. */
  #isLost = false;
  /** What was in the log at the start: until it is committed it is unknown what was answered. */
  #inherited = 0;

  constructor(self: Self, { copies = all, rememberRequests = true }: PrimaryOptions = {}) {
    super(self);
    this.#copies = copies(self.members.length);
    this.#remembers = rememberRequests;
  }

  override restore(records: readonly Entry[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const entry of records) this.#put(entry);
    this.#inherited = this.#length;
    if (this.#isPrimary) {
      this.role('primary');
      this.#commit();
      // A backup says how much it has when it is asked to add nothing.
      for (const peer of this.peers) this.#copied.set(peer, -1);
    }
  }

  override snapshot(): Entry[] {
    this.#compact();
    return this.#log;
  }

  get #isPrimary(): boolean {
    return this.self.id === this.self.members[0];
  }

  #atPrimary(request: Message, then: () => void): void {
    if (this.#isLost) {
      const text = 'the log of the primary is behind a backup: its disk was wiped';
      throw new RpcError(errorCodes.temporarilyUnavailable, text);
    }
    if (this.#isPrimary) {
      const heard = this.peers.filter((peer) => this.#copied.get(peer)! >= 0).length + 1;
      if (heard < this.#copies) {
        const text = 'the primary has not heard from all backups yet';
        throw new RpcError(errorCodes.temporarilyUnavailable, text);
      }
      then();
    } else this.passOn(request, this.self.members[0]!, { isRead: request.body.type === 'read' });
  }

  #read(request: Message): void {
    const key = readKey(request.body.key);
    if (this.#committed < this.#inherited) {
      const text = 'the primary does not know yet what it had committed before its restart';
      throw new RpcError(errorCodes.temporarilyUnavailable, text);
    }
    const value = this.#values.get(key);
    if (value === undefined) {
      throw new RpcError(errorCodes.keyDoesNotExist, `there is no key ${key}`);
    }
    this.answer(request, { value: value.value });
  }

  #change(request: Message): void {
    const change = readChange(request.body);
    const name = this.#remembers ? change.request : undefined;
    if (name !== undefined && this.#done.has(name)) {
      this.#conclude(request, this.#done.get(name)!.failure);
      return;
    }
    // Asked again while the first is on its way: both wait for the same.
    let place = name === undefined ? undefined : this.#placeOf.get(name);
    if (place === undefined) {
      place = this.#length;
      this.#keep({ place, change });
    }
    const waiting = this.#waiting.get(place) ?? [];
    this.#waiting.set(place, [...waiting, { request, untilMs: this.nowMs + patienceMs }]);
    for (const peer of this.peers) this.#copyTo(peer);
    this.#commit();
  }

  #keep(entry: Entry): void {
    this.#put(entry);
    this.persist(entry);
  }

  #put(entry: Entry): void {
    const { place, change } = entry;
    if ('to' in change && change.request !== undefined) this.#placeOf.set(change.request, place);
    this.#log.push(entry);
    this.#length = place + 1;
  }

  /** Puts what they came to in the place of all changes that are applied. */
  #compact(): void {
    const kept: Entry[] = [
      ...[...this.#values].map(([key, { value, place }]): Entry => {
        return { place, change: { type: 'write', key, to: value } };
      }),
      ...[...this.#done].map(([request, { failure, place }]): Entry => {
        return { place, change: { type: 'done', request, failure } };
      }),
    ].sort((a, b) => a.place - b.place);
    const last = this.#log[this.#applied - 1]?.place ?? -1;
    // The last one may have had no effect, and still counts.
    if (last > (kept.at(-1)?.place ?? -1)) kept.push({ place: last, change: { type: 'none' } });
    this.#log = [...kept, ...this.#log.slice(this.#applied)];
    this.#applied = kept.length;
  }

  /** Sends a backup what it lacks, one batch at a time, until it has all. */
  #copyTo(peer: string): void {
    const from = this.#copied.get(peer)!;
    if (this.#isLost || this.#asked.has(peer) || from === this.#length) return;
    const entries = from < 0 ? [] : this.#batchFrom(from);
    this.#asked.add(peer);
    const committed = this.#committed;
    const body: Append = { type: 'append', from, entries, committed };
    const options = { retryMs, patienceMs: Number.POSITIVE_INFINITY };
    this.ask<Appended>(peer, body, options, (answer) => {
      this.#asked.delete(peer);
      const { length } = answer!;
      if (length > this.#length) {
        this.#isLost = true;
        this.event('primary.lost', { has: this.#length, backup: peer, backupHas: length });
        return;
      }
      this.#copied.set(peer, length);
      this.#commit();
      this.#copyTo(peer);
    });
  }

  /** Entries of one place go together. */
  #batchFrom(from: number): Entry[] {
    const batch: Entry[] = [];
    let chars = 0;
    for (const entry of this.#log.slice(this.#indexOf(from))) {
      if (chars >= batchCharsMax && entry.place !== batch.at(-1)!.place) break;
      batch.push(entry);
      chars += JSON.stringify(entry).length;
    }
    return batch;
  }

  /** Of the first entry that has this place or a later one: mostly one of the last. */
  #indexOf(from: number): number {
    let index = this.#log.length;
    while (index > 0 && this.#log[index - 1]!.place >= from) index--;
    return index;
  }

  #append(request: Message<Append>): void {
    const { from, entries, committed } = request.body;
    if (from >= 0 && from <= this.#length) {
      const length = this.#length;
      for (const entry of entries) if (entry.place >= length) this.#keep(entry);
    }
    this.#applyUpTo(Math.min(committed, this.#length));
    this.answer(request, { length: this.#length });
  }

  #commit(): void {
    const lengths = [this.#length, ...this.peers.map((peer) => this.#copied.get(peer) ?? -1)];
    this.#applyUpTo(lengths.toSorted((a, b) => b - a)[this.#copies - 1]!);
  }

  #applyUpTo(place: number): void {
    this.#committed = Math.max(this.#committed, place);
    let next = this.#log[this.#applied];
    for (; next !== undefined && next.place < place; next = this.#log[this.#applied]) {
      this.#applied += 1;
      this.#apply(next);
    }
  }

  #apply({ place, change }: Entry): void {
    if (change.type === 'none') return;
    if (change.type === 'done') {
      this.#done.set(change.request, { failure: change.failure, place });
      return;
    }
    const failure = this.#failureOf(change);
    if (failure === null) this.#values.set(change.key, { value: change.to, place });
    if (change.request !== undefined) {
      this.#placeOf.delete(change.request);
      this.#done.set(change.request, { failure, place });
    }
    for (const { request } of this.#waiting.get(place) ?? []) this.#conclude(request, failure);
    this.#waiting.delete(place);
  }

  #failureOf({ type, key, from }: Asked): Failure | null {
    const now = this.#values.get(key);
    if (type === 'write') return null;
    if (now === undefined) {
      return { code: errorCodes.keyDoesNotExist, text: `there is no key ${key}` };
    }
    if (canonicalText(now.value) === canonicalText(from!)) return null;
    const text = `expected ${JSON.stringify(from)}, but ${key} is ${JSON.stringify(now.value)}`;
    return { code: errorCodes.preconditionFailed, text };
  }

  #conclude(request: Message, failure: Failure | null): void {
    if (failure === null) this.answer(request);
    else this.refuse(request, failure.code, failure.text);
  }

  protected override onTick(): void {
    if (!this.#isPrimary) return;
    for (const peer of this.peers) this.#copyTo(peer);
    for (const [place, waiting] of this.#waiting) {
      for (const { request, untilMs } of waiting) {
        if (this.nowMs >= untilMs) this.refuseUnanswered(request, 'a backup', false);
      }
      this.#waiting.set(
        place,
        waiting.filter(({ untilMs }) => this.nowMs < untilMs),
      );
    }
  }
}

function readChange({ type, key, value, from, to, request }: Body): Asked {
  if (request !== undefined && typeof request !== 'string') {
    throw malformed('request is a text', request);
  }
  const named = request === undefined ? {} : { request };
  if (type === 'write') return { type, key: readKey(key), to: readValue(value), ...named };
  if (from === undefined || to === undefined) throw malformed('cas has from and to', { from, to });
  return { type: 'cas', key: readKey(key), from: readValue(from), to: readValue(to), ...named };
}
