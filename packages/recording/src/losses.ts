/**
 * Infers lost messages from a recording. A killed router could not record what became of the messages
 * that it held, nor of those on their way to it; later records show it.
 *
 * - A copy that was waiting when a router process started was lost with the previous one.
 * - A sender that joins reports how many messages it has sent: those after the last recorded one
 *   never reached a router.
 * - Messages of one sender arrive in order. Numbers that are missing before the first one after a
 *   join were sent while the connection was being made; numbers that are missing later did not fit
 *   into the sender's own buffer.
 */
import {
  type Fate,
  type FateEvent,
  type LinkEvent,
  messageId,
  type TraceEvent,
} from '@faultline/protocol';

/** Of a longer gap only the latest are reported: more would be unreadable, and a number may be forged. */
const gapMax = 10_000;

const none: FateEvent[] = [];

/** The fields of a fate record that losses follow from: a `FateEvent`, or a view of its bytes. */
export type SeenFate = Pick<
  FateEvent,
  'src' | 'incarnation' | 'seq' | 'copy' | 'arrivedMs' | 'atMs'
> & {
  readonly fate: Fate | undefined;
};
export type SeenLink = Pick<LinkEvent, 'up' | 'incarnation' | 'seq' | 'atMs'>;

/** A copy that waits in the router, as of its latest record. */
interface Unfinished {
  /** In the order in which the copies began to wait. */
  readonly place: number;
  readonly event: () => FateEvent | undefined;
}

interface Sender {
  /** Whether `lastSeq` is known: earlier records may hold a greater one. */
  isKnown: boolean;
  lastSeq: number;
  hasJustJoined: boolean;
  /** By number; copies other than the original by number and copy. */
  readonly unfinished: Map<number | string, Unfinished>;
}

export interface LossFinderOptions {
  /** No earlier part of the recording was discarded, so messages missing from it are lost. Default: true. */
  readonly isWhole?: boolean;
  /**
   * Records earlier than this true time exist but are not given. Then
   * `onDoubt` is called with the time of each record whose implications are unknown, and nothing
   * is returned for it. Default: all are given.
   */
  readonly fromMs?: number | undefined;
  readonly onDoubt?: ((atMs: number) => void) | undefined;
}

export class LossFinder {
  readonly #isWhole: boolean;
  readonly #fromMs: number;
  readonly #onDoubt: ((atMs: number) => void) | undefined;
  /** By name and incarnation. */
  readonly #senders = new Map<string, Map<number, Sender>>();
  #unfinished = 0;
  #places = 0;
  /** Whether all records of the current router process were given. */
  #isRouterKnown: boolean;

  constructor({ isWhole = true, fromMs, onDoubt }: LossFinderOptions = {}) {
    this.#isWhole = isWhole;
    this.#fromMs = fromMs ?? Number.NEGATIVE_INFINITY;
    this.#onDoubt = onDoubt;
    this.#isRouterKnown = fromMs === undefined;
  }

  /** Takes the events of a run in order. Returns the fates that this event implies. */
  next(event: TraceEvent): FateEvent[] {
    switch (event.kind) {
      case 'fate':
        return this.fate(event, () => () => event);
      case 'start':
        return this.start(event.atMs);
      case 'link':
        return this.link(event.name, event);
      default:
        return none;
    }
  }

  /** `keep` is called where the copy waits: it returns a way to read the record later. */
  fate(seen: SeenFate, keep: () => () => TraceEvent | undefined): FateEvent[] {
    const { src, incarnation, seq } = seen;
    const sender = this.#sender(src, incarnation, seq);
    const isWaiting = seen.fate === 'waiting' || seen.fate === 'held';
    // Most copies never wait.
    if (isWaiting || sender.unfinished.size > 0) this.#follow(sender, seen, isWaiting, keep);
    if (!sender.isKnown) return this.#meet(sender, seen);
    if (seq <= sender.lastSeq) return none;
    const first = sender.lastSeq + 1;
    const fate = sender.hasJustJoined ? 'router down' : 'overflow';
    sender.lastSeq = seq;
    sender.hasJustJoined = false;
    if (seq === first) return none;
    return missingFates(src, incarnation, first, seq - 1, fate, seen.atMs);
  }

  /** A router process starts. */
  start(atMs: number): FateEvent[] {
    if (!this.#isRouterKnown) this.#onDoubt?.(atMs);
    this.#isRouterKnown = true;
    if (this.#unfinished === 0) return none;
    const all: Unfinished[] = [];
    for (const incarnations of this.#senders.values()) {
      for (const { unfinished } of incarnations.values()) {
        for (const each of unfinished.values()) all.push(each);
        unfinished.clear();
      }
    }
    this.#unfinished = 0;
    const lost: FateEvent[] = [];
    for (const { event } of all.sort((a, b) => a.place - b.place)) {
      const last = event();
      if (last !== undefined) lost.push({ ...last, fate: 'router down', atMs });
    }
    return lost;
  }

  /** A member connected or disconnected. */
  link(name: string, { up, incarnation, seq, atMs }: SeenLink): FateEvent[] {
    if (!up) return none;
    const sender = this.#sender(name, incarnation, this.#isWhole ? 0 : seq);
    const first = sender.lastSeq + 1;
    const { isKnown } = sender;
    sender.lastSeq = Math.max(sender.lastSeq, seq);
    sender.hasJustJoined = true;
    // Known from here on: nothing had a greater number when it joined.
    sender.isKnown = true;
    if (!isKnown) {
      if (seq > 0) this.#onDoubt?.(atMs);
      return none;
    }
    return missingFates(name, incarnation, first, seq, 'router down', atMs);
  }

  /**
   * The first record of a sender. Its messages arrive in order: once one of them arrived after
   * `fromMs`, all later ones are given from their first record on.
   */
  #meet(sender: Sender, { seq, arrivedMs, atMs }: SeenFate): FateEvent[] {
    sender.isKnown = arrivedMs >= this.#fromMs;
    sender.lastSeq = seq;
    sender.hasJustJoined = false;
    if (!sender.isKnown || seq > 1) this.#onDoubt?.(atMs);
    return none;
  }

  #follow(
    sender: Sender,
    { seq, copy }: SeenFate,
    isWaiting: boolean,
    keep: () => () => TraceEvent | undefined,
  ): void {
    const { unfinished } = sender;
    const key = copy === 0 ? seq : `${seq}/${copy}`;
    const before = unfinished.get(key);
    if (!isWaiting) {
      if (before !== undefined) this.#unfinished--;
      unfinished.delete(key);
      return;
    }
    if (before === undefined) this.#unfinished++;
    const record = keep();
    const event = (): FateEvent | undefined => {
      const read = record();
      return read?.kind === 'fate' ? read : undefined;
    };
    const place = before?.place ?? this.#places++;
    unfinished.set(key, { place, event });
  }

  #sender(name: string, incarnation: number, lastSeq: number): Sender {
    let incarnations = this.#senders.get(name);
    if (incarnations === undefined) {
      incarnations = new Map();
      this.#senders.set(name, incarnations);
    }
    let sender = incarnations.get(incarnation);
    if (sender === undefined) {
      const isKnown = this.#onDoubt === undefined;
      sender = { isKnown, lastSeq, hasJustJoined: false, unfinished: new Map() };
      incarnations.set(incarnation, sender);
    }
    return sender;
  }
}

function missingFates(
  src: string,
  incarnation: number,
  first: number,
  last: number,
  fate: Fate,
  atMs: number,
): FateEvent[] {
  const missing: FateEvent[] = [];
  for (let seq = Math.max(first, last - gapMax + 1); seq <= last; seq++) {
    missing.push({
      kind: 'fate',
      id: messageId(src, incarnation, seq),
      src,
      dest: '?',
      type: '?',
      isReply: false,
      incarnation,
      seq,
      copy: 0,
      fate,
      rules: [],
      ordinal: 0,
      bodyBytes: 0,
      arrivedMs: atMs,
      atMs,
    });
  }
  return missing;
}
