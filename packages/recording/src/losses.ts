/**
 * What a recording says between its lines. A router that was killed could not write what became of
 * the messages it held, nor of those that were on their way to it; what comes next tells.
 *
 * - A copy that waited when a router process began went down with the one before.
 * - A sender that joins says how many messages it has sent: those after the last one that was seen
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

/** Of a longer gap only the latest are told: nobody reads more, and a number may be a lie. */
const gapMax = 10_000;

const none: FateEvent[] = [];

interface Sender {
  lastSeq: number;
  hasJustJoined: boolean;
}

export class LossFinder {
  readonly #isWhole: boolean;
  readonly #unfinished = new Map<string, FateEvent>();
  /** By name and incarnation. */
  readonly #senders = new Map<string, Map<number, Sender>>();

  /** `isWhole`: no earlier part of the recording was thrown away, so what is not in it is lost. */
  constructor({ isWhole = true }: { readonly isWhole?: boolean } = {}) {
    this.#isWhole = isWhole;
  }

  /** Takes the events of a run in order. Returns the fates that follow from this one. */
  next(event: TraceEvent): FateEvent[] {
    switch (event.kind) {
      case 'fate':
        return this.#see(event);
      case 'start':
        return this.#routerBegan(event.atMs);
      case 'link':
        return event.up ? this.#joined(event) : none;
      default:
        return none;
    }
  }

  #see(event: FateEvent): FateEvent[] {
    const isWaiting = event.fate === 'waiting' || event.fate === 'held';
    // Most copies never wait.
    if (isWaiting || this.#unfinished.size > 0) {
      const copy = `${event.id}/${event.copy}`;
      if (isWaiting) this.#unfinished.set(copy, event);
      else this.#unfinished.delete(copy);
    }
    const { src, incarnation, seq, atMs } = event;
    const sender = this.#sender(src, incarnation, seq);
    if (seq <= sender.lastSeq) return none;
    if (seq === sender.lastSeq + 1) {
      sender.lastSeq = seq;
      sender.hasJustJoined = false;
      return none;
    }
    const fate = sender.hasJustJoined ? 'router down' : 'overflow';
    const missing = missingFates(src, incarnation, sender.lastSeq + 1, seq - 1, fate, atMs);
    sender.lastSeq = seq;
    sender.hasJustJoined = false;
    return missing;
  }

  #routerBegan(atMs: number): FateEvent[] {
    const lost = [...this.#unfinished.values()].map(
      (event): FateEvent => ({ ...event, fate: 'router down', atMs }),
    );
    this.#unfinished.clear();
    return lost;
  }

  #joined({ name, incarnation, seq, atMs }: LinkEvent): FateEvent[] {
    const sender = this.#sender(name, incarnation, this.#isWhole ? 0 : seq);
    const first = sender.lastSeq + 1;
    sender.lastSeq = Math.max(sender.lastSeq, seq);
    sender.hasJustJoined = true;
    return missingFates(name, incarnation, first, seq, 'router down', atMs);
  }

  #sender(name: string, incarnation: number, lastSeq: number): Sender {
    let incarnations = this.#senders.get(name);
    if (incarnations === undefined) {
      incarnations = new Map();
      this.#senders.set(name, incarnations);
    }
    let sender = incarnations.get(incarnation);
    if (sender === undefined) {
      sender = { lastSeq, hasJustJoined: false };
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
