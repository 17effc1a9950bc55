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
 * log and will be committed when all are back. Reads go on at those who reach the primary. What is
 * gained: any single disk has everything that was acknowledged.
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

interface Change {
  readonly type: 'write' | 'cas';
  readonly key: string;
  readonly from?: Json;
  readonly to: Json;
  readonly request?: string;
}

interface Failure {
  readonly code: number;
  readonly text: string;
}

/** Changes of one message. */
const batchCharsMax = 300_000;

export class Primary extends Machine {
  readonly handlers = {
    read: (request: Message) => this.#atPrimary(request, () => this.#read(request)),
    write: (request: Message) => this.#atPrimary(request, () => this.#change(request)),
    cas: (request: Message) => this.#atPrimary(request, () => this.#change(request)),
    append: (request: Message) => this.#append(request),
  };
  readonly #log: Change[] = [];
  readonly #values = new Map<string, Json>();
  /** What became of changes with a name; undefined: they succeeded. */
  readonly #done = new Map<string, Failure | undefined>();
  /** How many changes each backup has. */
  readonly #copied = new Map<string, number>();
  readonly #asked = new Set<string>();
  /** Clients that wait for the change at a place of the log. */
  readonly #waiting = new Map<number, { readonly request: Message; readonly untilMs: number }[]>();
  /** The place in the log of changes with a name that are not committed yet. */
  readonly #placeOf = new Map<string, number>();
  readonly #copies: number;
  readonly #remembers: boolean;
  #committed = 0;
  /** A backup has more than this primary, whose disk was wiped then: it may decide nothing any more. */
  #isLost = false;
  /** What was in the log at the start: until it is committed nobody knows what was answered. */
  #inherited = 0;

  constructor(self: Self, { copies = all, rememberRequests = true }: PrimaryOptions = {}) {
    super(self);
    this.#copies = copies(self.members.length);
    this.#remembers = rememberRequests;
  }

  override restore(records: readonly Json[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const change of records as unknown as Change[]) this.#put(change);
    this.#inherited = this.#log.length;
    if (this.#isPrimary) {
      this.role('primary');
      this.#commit();
      // A backup says how much it has when it is asked to add nothing.
      for (const peer of this.peers) this.#copied.set(peer, -1);
    }
  }

  get #isPrimary(): boolean {
    return this.self.id === this.self.members[0];
  }

  #atPrimary(request: Message, then: () => void): void {
    if (this.#isLost) {
      const text = 'the primary has less than a backup: its disk was wiped';
      throw new RpcError(errorCodes.temporarilyUnavailable, text);
    }
    if (this.#isPrimary) {
      const heard = this.peers.filter((peer) => this.#copied.get(peer)! >= 0).length + 1;
      if (heard < this.#copies) {
        const text = 'the primary has not heard yet what the backups have';
        throw new RpcError(errorCodes.temporarilyUnavailable, text);
      }
      then();
    } else this.passOn(request, this.self.members[0]!, { isRead: request.body.type === 'read' });
  }

  #read(request: Message): void {
    const key = readKey(request.body.key);
    if (this.#committed < this.#inherited) {
      const text = 'the primary does not know yet what it had committed before it started';
      throw new RpcError(errorCodes.temporarilyUnavailable, text);
    }
    const value = this.#values.get(key);
    if (value === undefined) {
      throw new RpcError(errorCodes.keyDoesNotExist, `there is no ${key}`);
    }
    this.answer(request, { value });
  }

  #change(request: Message): void {
    const change = readChange(request.body);
    const name = this.#remembers ? change.request : undefined;
    if (name !== undefined && this.#done.has(name)) {
      this.#conclude(request, this.#done.get(name));
      return;
    }
    // Asked again while the first is on its way: both wait for the same.
    let place = name === undefined ? undefined : this.#placeOf.get(name);
    if (place === undefined) {
      place = this.#log.length;
      this.#put(change);
      this.persist(change as unknown as Json);
    }
    const waiting = this.#waiting.get(place) ?? [];
    this.#waiting.set(place, [...waiting, { request, untilMs: this.nowMs + patienceMs }]);
    for (const peer of this.peers) this.#copyTo(peer);
    this.#commit();
  }

  #put(change: Change): void {
    if (change.request !== undefined) this.#placeOf.set(change.request, this.#log.length);
    this.#log.push(change);
  }

  /** Sends a backup what it lacks, one batch at a time, until it has all. */
  #copyTo(peer: string): void {
    const from = this.#copied.get(peer)!;
    if (this.#isLost || this.#asked.has(peer) || from === this.#log.length) return;
    const changes: Change[] = [];
    let chars = 0;
    for (let at = from; at >= 0 && at < this.#log.length && chars < batchCharsMax; at++) {
      changes.push(this.#log[at]!);
      chars += JSON.stringify(this.#log[at]).length;
    }
    this.#asked.add(peer);
    const body: Body = { type: 'append', from, changes: changes as unknown as Json };
    const options = { retryMs, patienceMs: Number.POSITIVE_INFINITY };
    this.ask(peer, body, options, (answer) => {
      this.#asked.delete(peer);
      const length = answer!.length as number;
      if (length > this.#log.length) {
        this.#isLost = true;
        this.event('primary.lost', { has: this.#log.length, backup: peer, backupHas: length });
        return;
      }
      this.#copied.set(peer, length);
      this.#commit();
      this.#copyTo(peer);
    });
  }

  #append(request: Message): void {
    const { from, changes } = request.body as unknown as { from: number; changes: Change[] };
    const isNext = from >= 0 && from <= this.#log.length;
    for (const change of isNext ? changes.slice(this.#log.length - from) : []) {
      this.#put(change);
      this.persist(change as unknown as Json);
    }
    this.answer(request, { length: this.#log.length });
  }

  #commit(): void {
    const lengths = [this.#log.length, ...this.peers.map((peer) => this.#copied.get(peer) ?? -1)];
    const copied = lengths.toSorted((a, b) => b - a)[this.#copies - 1]!;
    while (this.#committed < copied) {
      const place = this.#committed++;
      const change = this.#log[place]!;
      const failure = this.#apply(change);
      if (change.request !== undefined) {
        this.#placeOf.delete(change.request);
        this.#done.set(change.request, failure);
      }
      for (const { request } of this.#waiting.get(place) ?? []) this.#conclude(request, failure);
      this.#waiting.delete(place);
    }
  }

  #apply({ type, key, from, to }: Change): Failure | undefined {
    const value = this.#values.get(key);
    if (type === 'cas' && value === undefined) {
      return { code: errorCodes.keyDoesNotExist, text: `there is no ${key}` };
    }
    if (type === 'cas' && canonicalText(value!) !== canonicalText(from!)) {
      const text = `expected ${JSON.stringify(from)}, but ${key} is ${JSON.stringify(value)}`;
      return { code: errorCodes.preconditionFailed, text };
    }
    this.#values.set(key, to);
    return undefined;
  }

  #conclude(request: Message, failure: Failure | undefined): void {
    if (failure === undefined) this.answer(request);
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

function readChange({ type, key, value, from, to, request }: Body): Change {
  if (request !== undefined && typeof request !== 'string') {
    throw malformed('request is a text', request);
  }
  const named = request === undefined ? {} : { request };
  if (type === 'write') return { type, key: readKey(key), to: readValue(value), ...named };
  if (from === undefined || to === undefined) throw malformed('cas has from and to', { from, to });
  return { type: 'cas', key: readKey(key), from: readValue(from), to: readValue(to), ...named };
}
