/**
 * Copies on their way: delayed in the scheduler, held by a rule, or in a backlog. A copy arrives at
 * its inbox when it is due, unless a cut, a full queue or the receiver's end stops it.
 */
import type { RouterEvent } from '@faultline/protocol';
import type { Endpoint } from './endpoint.ts';
import type { Fates } from './fates.ts';
import { type AcceptsLink, Held, holderOf } from './held.ts';
import type { InFlightCopy } from './in-flight-copy.ts';
import { Scheduler } from './scheduler.ts';
import type { Turn } from './turn.ts';

export interface DeliveryOptions {
  readonly now: () => number;
  readonly turn: Turn;
  readonly fates: Fates;
  /** Bytes that may wait for one receiver. */
  readonly queueBytesMax: number;
  /** Called before a copy that waited arrives, with the time at which it does. */
  readonly onDue: (nowMs: number) => void;
  /** Reports a queue that overflows for the first time. */
  readonly onEvent: (report: RouterEvent) => void;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #now: () => number;
  readonly #turn: Turn;
  readonly #fates: Fates;
  readonly held = new Held();
  readonly #scheduler: Scheduler<InFlightCopy>;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#now = options.now;
    this.#turn = options.turn;
    this.#fates = options.fates;
    this.#scheduler = new Scheduler(
      options.now,
      (copy, nowMs) => {
        options.onDue(nowMs);
        this.#arriveLate(copy, nowMs);
      },
      () => options.turn.end(),
    );
  }

  /** Copies in the scheduler. */
  get delayed(): number {
    return this.#scheduler.size;
  }

  /** What keeps so many bytes from an endpoint now. Reports an overflow that begins. */
  obstacle(
    { name, isMember, inbox }: Endpoint,
    bytes: number,
  ): 'node down' | 'overflow' | undefined {
    if (!inbox.isUp || !isMember) return 'node down';
    const { queueBytesMax, onEvent } = this.#options;
    if (inbox.queuedBytes + bytes <= queueBytesMax) {
      inbox.isOverflowing = false;
      return undefined;
    }
    if (!inbox.isOverflowing) {
      inbox.isOverflowing = true;
      const facts = { queuedBytes: inbox.queuedBytes, queueBytesMax };
      onEvent({ kind: 'queue.overflow', node: name, facts });
    }
    return 'overflow';
  }

  /** Delays a new copy until it is due, or drops it if the queue is full. */
  delay(copy: InFlightCopy, keepsOrder: boolean, nowMs: number): void {
    if (!this.#admit(copy, nowMs)) return;
    copy.keepsOrder = keepsOrder;
    if (keepsOrder) copy.edge.inOrder++;
    this.#wait(copy, nowMs);
  }

  /** Holds a new copy until it is released, or drops it if the queue is full. */
  hold(copy: InFlightCopy, nowMs: number): void {
    if (!this.#admit(copy, nowMs)) return;
    this.held.add(copy);
    this.#fates.copy(copy, 'held', nowMs);
  }

  /** Who is down now may be up again when the copy is due: only a full queue stops it. */
  #admit(copy: InFlightCopy, nowMs: number): boolean {
    const { dest } = copy.edge;
    if (this.obstacle(dest, copy.bytes.length) === 'overflow') {
      this.#fates.copy(copy, 'overflow', nowMs);
      return false;
    }
    dest.inbox.waitingBytes += copy.bytes.length;
    return true;
  }

  #wait(copy: InFlightCopy, nowMs: number): void {
    this.#fates.copy(copy, 'waiting', nowMs);
    this.#scheduler.add(copy);
  }

  /** A copy that waited is due: it arrives, unless a cut came meanwhile. */
  #arriveLate(copy: InFlightCopy, nowMs: number): void {
    const { edge } = copy;
    edge.dest.inbox.waitingBytes -= copy.bytes.length;
    if (copy.keepsOrder) edge.inOrder--;
    // The rules of a sender that has left are no longer kept up to date.
    const cut = edge.src.isMember ? edge.rules.cutsInFlight(copy, nowMs) : null;
    if (cut === null) this.arrive(copy, nowMs);
    else this.#fates.copy(copy, 'cut', nowMs, cut);
  }

  /** A copy that waits nowhere goes to its receiver. */
  arrive(copy: InFlightCopy, nowMs: number): void {
    const { dest } = copy.edge;
    const obstacle = this.obstacle(dest, copy.bytes.length);
    if (obstacle !== undefined) this.#fates.copy(copy, obstacle, nowMs);
    else if (dest.inbox.isOpen) this.#deliver(copy, nowMs);
    else this.#queue(copy, nowMs);
  }

  #queue(copy: InFlightCopy, nowMs: number): void {
    const { inbox } = copy.edge.dest;
    inbox.waitingBytes += copy.bytes.length;
    inbox.backlog.push(copy);
    this.#fates.copy(copy, 'waiting', nowMs);
  }

  #deliver(copy: InFlightCopy, nowMs: number): void {
    const { edge, bytes } = copy;
    this.#turn.gather(edge.dest.inbox, bytes, 0, bytes.length, 1);
    edge.delays.add(nowMs - copy.arrivedMs);
    this.#fates.copy(copy, 'delivered', nowMs);
  }

  /** Hands the socket of an inbox what waits in its backlog, as far as there is room. */
  onRoom({ inbox }: Endpoint): void {
    if (inbox.backlog.length === 0) return;
    const nowMs = this.#now();
    let taken = 0;
    while (taken < inbox.backlog.length && inbox.hasRoom) {
      const copy = inbox.backlog[taken++]!;
      inbox.waitingBytes -= copy.bytes.length;
      this.#deliver(copy, nowMs);
    }
    inbox.backlog.splice(0, taken);
    this.#turn.end();
  }

  /** The endpoint's process is gone: its backlog goes down with it. */
  dropBacklog({ inbox }: Endpoint, nowMs: number): void {
    for (const copy of inbox.backlog.splice(0)) {
      inbox.waitingBytes -= copy.bytes.length;
      this.#fates.copy(copy, 'node down', nowMs);
    }
  }

  /** The endpoint has left: what is held for it will never be delivered. */
  dropHeld(dest: Endpoint): void {
    const nowMs = this.#now();
    for (const copy of this.held.take(({ edge }) => edge.dest === dest)) {
      dest.inbox.waitingBytes -= copy.bytes.length;
      this.#fates.copy(copy, 'node down', nowMs);
    }
  }

  /** Releases what is held on the links that `accepts` selects. Returns the number of copies. */
  release(accepts: AcceptsLink): number {
    return this.#release(this.held.take(({ edge }) => accepts(edge.src.name, edge.dest.name)));
  }

  /** Releases single messages, in this order. Throws NOT_FOUND, and then releases none. */
  releaseMessages(ids: readonly string[]): number {
    return this.#release(this.held.takeMessages(ids));
  }

  /** Releases what is held by rules other than these. */
  releaseOrphans(rules: ReadonlySet<string>): void {
    this.#release(this.held.take((copy) => !rules.has(holderOf(copy))));
  }

  #release(copies: readonly InFlightCopy[]): number {
    if (copies.length === 0) return 0;
    const nowMs = this.#now();
    for (const copy of copies) {
      // What was to be late without the hold still is.
      if (copy.dueMs > nowMs) this.#wait(copy, nowMs);
      else this.#arriveLate(copy, nowMs);
    }
    this.#turn.end();
    return copies.length;
  }

  /** Ends all waiting. What waits or is held goes down with the router, and the recording says so. */
  stop(endpoints: Iterable<Endpoint>): void {
    const nowMs = this.#now();
    const backlogs = [...endpoints].flatMap(({ inbox }) => inbox.backlog.splice(0));
    for (const copy of [...this.#scheduler.stop(), ...this.held.take(() => true), ...backlogs]) {
      this.#fates.copy(copy, 'router down', nowMs);
    }
  }
}
