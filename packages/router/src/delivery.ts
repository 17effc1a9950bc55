/**
 * Copies on their way: delayed in the scheduler, held by a rule, or in a backlog. A copy arrives at
 * its inbox when it is due, unless a cut, a full queue or the receiver's end stops it.
 */
import type { InFlight, RouterEvent } from '@faultline/protocol';
import type { Edge } from './edge.ts';
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
  /** All links. */
  readonly edges: () => Iterable<Edge>;
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
  /** Ids of the rules in force. */
  #rules: ReadonlySet<string> = new Set();

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

  /** The reason why an endpoint cannot take this many bytes now. Reports the start of an overflow. */
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
    if (this.#isOrphaned(copy)) this.#orphan(copy);
    this.#fates.copy(copy, 'waiting', nowMs);
    this.#scheduler.add(copy);
  }

  /** A copy that waited is due: it arrives, unless a cut came meanwhile. */
  #arriveLate(copy: InFlightCopy, nowMs: number): void {
    const { edge } = copy;
    this.#leave(copy);
    // The rules of a sender that has left are no longer kept up to date.
    const cut = edge.src.isMember ? edge.rules.cutsInFlight(copy, nowMs) : null;
    if (cut === null) this.arrive(copy, nowMs);
    else this.#fates.copy(copy, 'cut', nowMs, cut);
  }

  /** A copy waits no longer: it gives back its room and its place in the order. */
  #leave(copy: InFlightCopy): void {
    const { edge, bytes } = copy;
    if (copy.isOrphan) edge.dest.inbox.orphanBytes -= bytes.length;
    else edge.dest.inbox.waitingBytes -= bytes.length;
    leaveOrder(copy);
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

  /** Writes the backlog of an inbox to its socket, as far as there is room. */
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

  /**
   * Releases what is held on the links that `accepts` selects, and what rules that are gone have
   * delayed there; with `delayed` also what rules in force delay. Returns the number of copies.
   */
  release(accepts: AcceptsLink, delayed: boolean): number {
    const isMeant = ({ edge }: InFlightCopy): boolean => accepts(edge.src.name, edge.dest.name);
    const late = this.#scheduler.take((copy) => isMeant(copy) && (delayed || copy.isOrphan));
    const held = this.held.take(isMeant);
    if (delayed) for (const copy of held) copy.dueMs = 0;
    return this.#release([...late, ...held], new Set(late));
  }

  /**
   * Releases single messages, in this order: `n1.1.345` every copy that is held or delayed,
   * `n1.1.345/1` that one. Throws NOT_FOUND, and then releases none.
   */
  releaseMessages(ids: readonly string[]): number {
    const named = this.held.named(ids, this.#scheduler.items);
    this.held.take((copy) => named.has(copy));
    const late = this.#scheduler.take((copy) => named.has(copy));
    return this.#release([...named], new Set(late));
  }

  #release(copies: readonly InFlightCopy[], late: ReadonlySet<InFlightCopy>): number {
    if (copies.length === 0) return 0;
    const nowMs = this.#now();
    for (const copy of copies) {
      // What was to be late without the hold still is.
      if (copy.dueMs > nowMs && !late.has(copy)) this.#wait(copy, nowMs);
      else this.#arriveLate(copy, nowMs);
    }
    if (late.size > 0) this.#restoreOrder();
    this.#turn.end();
    return copies.length;
  }

  /**
   * Rules have changed to these. What others held is released, and what others delayed still arrives
   * at its time, or all of it is dropped. Either way it takes no part any more in what comes: it
   * keeps no message back and takes no room in a queue.
   */
  rulesChanged(rules: ReadonlySet<string>, drop: boolean): InFlight {
    this.#rules = rules;
    const held = this.held.take((copy) => !rules.has(holderOf(copy)));
    const orphans = this.#scheduler.items.filter((copy) => this.#isOrphaned(copy));
    for (const copy of orphans) this.#orphan(copy);
    const overdrawn = drop ? new Set(orphans) : overdrawing(orphans, this.#options.queueBytesMax);
    this.#drop([...overdrawn, ...(drop ? held : [])], drop ? 'dropped' : 'overflow');
    const released = drop ? 0 : this.#release(held, new Set());
    this.#restoreOrder();
    this.#turn.scheduleEnd();
    const left = this.#scheduler.items.filter(({ isOrphan }) => isOrphan);
    const lastDueMs = left.reduce((last, { dueMs }) => Math.max(last, dueMs), 0);
    return {
      released,
      delayed: left.length,
      lastDueInMs: left.length === 0 ? null : Math.max(0, Math.round(lastDueMs - this.#now())),
      dropped: drop ? overdrawn.size + held.length : 0,
    };
  }

  /** What is on its way from or to a member that runs as a new process keeps back nothing that comes now. */
  restarted(name: string): void {
    for (const copy of this.#scheduler.items) {
      const { src, dest } = copy.edge;
      if (src.name === name || dest.name === name) leaveOrder(copy);
    }
    this.#restoreOrder();
  }

  #isOrphaned({ rules }: InFlightCopy): boolean {
    return rules.some((rule) => !this.#rules.has(rule));
  }

  #orphan(copy: InFlightCopy): void {
    if (copy.isOrphan) return;
    this.#leave(copy);
    copy.isOrphan = true;
    copy.edge.dest.inbox.orphanBytes += copy.bytes.length;
  }

  /** Copies that wait do so no longer and arrive nowhere. */
  #drop(copies: readonly InFlightCopy[], fate: 'dropped' | 'overflow'): void {
    const nowMs = this.#now();
    const dropped = new Set(copies);
    this.#scheduler.take((copy) => dropped.has(copy));
    for (const copy of copies) {
      this.#leave(copy);
      this.#fates.copy(copy, fate, nowMs);
    }
  }

  /**
   * Works out again, from what still waits and still keeps its order, when each such copy is due and
   * when the next may be: copies that have left, or whose rules are gone, keep none back.
   */
  #restoreOrder(): void {
    for (const edge of this.#options.edges()) edge.lastInOrderMs = 0;
    const inOrder = this.#scheduler.items
      .filter(({ keepsOrder }) => keepsOrder)
      .sort((a, b) => a.ordinal - b.ordinal || a.copy - b.copy);
    for (const copy of inOrder) {
      copy.dueMs = Math.max(copy.ownDueMs, copy.edge.lastInOrderMs);
      copy.edge.lastInOrderMs = copy.dueMs;
    }
    if (inOrder.length > 0) this.#scheduler.reschedule();
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

function leaveOrder(copy: InFlightCopy): void {
  if (copy.keepsOrder) copy.edge.inOrder--;
  copy.keepsOrder = false;
}

/** Of copies that wait beyond any rule, those for which their receivers have no room; the last ones due. */
function overdrawing(orphans: readonly InFlightCopy[], bytesMax: number): Set<InFlightCopy> {
  const rest = new Map<Edge['dest'], number>();
  const over = new Set<InFlightCopy>();
  for (const copy of [...orphans].sort((a, b) => b.dueMs - a.dueMs)) {
    const { dest } = copy.edge;
    const left = rest.get(dest) ?? dest.inbox.orphanBytes - bytesMax;
    if (left <= 0) continue;
    over.add(copy);
    rest.set(dest, left - copy.bytes.length);
  }
  return over;
}
