/**
 * What happens to each message of a frame:
 *
 *   read the header → let the rules of its link decide → deliver, delay, hold or lose each copy
 */
import { type Copy, decide, type Outcome } from '@faultline/faults';
import { FrameReader, type RouterEvent, type Sign, seqMax } from '@faultline/protocol';
import { alter } from './altered.ts';
import type { Delivery } from './delivery.ts';
import type { Edge } from './edge.ts';
import type { Endpoint } from './endpoint.ts';
import type { Fates } from './fates.ts';
import { InFlightCopy } from './in-flight-copy.ts';
import { Refusals } from './refusal.ts';
import type { RulesInForce } from './rules-in-force.ts';
import type { Turn } from './turn.ts';

export interface RoutingOptions {
  readonly now: () => number;
  readonly turn: Turn;
  readonly fates: Fates;
  readonly delivery: Delivery;
  readonly rules: RulesInForce;
  /** Bytes that may wait for one receiver. */
  readonly queueBytesMax: number;
  readonly sign: Sign | undefined;
  /** Makes the link between two members; undefined if there is no such destination. */
  readonly connect: (src: Endpoint, dest: string) => Edge | undefined;
  /** Reports a message that the router refused. */
  readonly onEvent: (report: RouterEvent) => void;
}

export class Routing {
  readonly #options: RoutingOptions;
  readonly #turn: Turn;
  readonly #fates: Fates;
  readonly #delivery: Delivery;
  readonly #reader = new FrameReader();
  readonly #refusals: Refusals;
  /** Messages that were read. */
  messages = 0;

  constructor(options: RoutingOptions) {
    this.#options = options;
    this.#turn = options.turn;
    this.#fates = options.fates;
    this.#delivery = options.delivery;
    this.#refusals = new Refusals(options.sign);
  }

  /**
   * Routes the messages of a frame that came from `src`, from byte `at` on (0: its beginning) until
   * `bytesMax` are routed; returns where the next one begins. `isCurrent`: it came over the connection
   * that `src` has now. Throws BAD_FRAME if the bytes are no frame; the messages before that point
   * are routed.
   */
  route(src: Endpoint, frame: Buffer, isCurrent: boolean, at: number, bytesMax: number): number {
    const reader = this.#reader;
    const nowMs = this.#options.now();
    this.#options.rules.expire(nowMs);
    const edges = isCurrent && src.isMember ? src.edges : undefined;
    try {
      reader.open(frame);
      if (at > 0) reader.end = at;
      const endMin = at + bytesMax;
      while (reader.end < endMin && reader.next()) {
        this.messages++;
        const edge =
          edges === undefined
            ? undefined
            : (edges.get(reader.dest) ?? this.#options.connect(src, reader.dest));
        const isOwn =
          reader.src === src.name &&
          reader.sender === src.name &&
          reader.incarnation === src.joinedIncarnation;
        const isNext = reader.seq > src.lastSeq && reader.seq <= seqMax;
        if (edge === undefined || !isOwn || !isNext) {
          this.#refuse(src, reader, edges === undefined, nowMs);
        } else {
          src.lastSeq = reader.seq;
          this.#forward(edge, reader, nowMs);
        }
      }
      return reader.end;
    } finally {
      this.#turn.endRun();
      this.#turn.scheduleEnd();
    }
  }

  #forward(edge: Edge, reader: FrameReader, nowMs: number): void {
    const copies = decide(edge.rules, reader, nowMs);
    if (copies === null) {
      this.#deliverNow(edge, reader, nowMs);
      return;
    }
    const ordinal = edge.rules.ordinal;
    for (let i = 0; i < copies.length; i++)
      this.#dispatch(edge, reader, copies[i]!, i, ordinal, nowMs);
  }

  /** No rule touches the message: it goes at once, if its receiver has room. */
  #deliverNow(edge: Edge, reader: FrameReader, nowMs: number): void {
    const turn = this.#turn;
    const { inbox } = edge.dest;
    if (!turn.extendRun(inbox, reader)) {
      turn.endRun();
      const bytes = reader.end - reader.start;
      if (this.#delivery.obstacle(edge.dest, bytes) !== undefined || !inbox.isOpen) {
        const { ordinal } = edge.rules;
        const copy = new InFlightCopy(edge, reader, reader, 0, ordinal, nowMs, nowMs, []);
        this.#delivery.arrive(copy, nowMs);
        return;
      }
      const { queueBytesMax } = this.#options;
      turn.startRun(inbox, reader, Math.min(queueBytesMax - inbox.queuedBytes, inbox.room));
    }
    this.#fates.delivered(edge, reader, nowMs);
  }

  /** What the rules decided about one copy. */
  #dispatch(
    edge: Edge,
    reader: FrameReader,
    decided: Copy,
    number: number,
    ordinal: number,
    nowMs: number,
  ): void {
    const { outcome, keepOrder, alterations, rules } = decided;
    this.#turn.endRun();
    const ownDueMs = nowMs + decided.delayMs;
    let dueMs = ownDueMs;
    if (keepOrder) {
      dueMs = Math.max(dueMs, edge.lastInOrderMs);
      edge.lastInOrderMs = dueMs;
    }
    const carried = alterations === undefined ? reader : alter(reader, alterations);
    const copy = new InFlightCopy(
      edge,
      reader,
      carried,
      number,
      ordinal,
      nowMs,
      dueMs,
      rules,
      ownDueMs,
    );
    // One that keeps its order may not pass those that are due already and not yet handed out.
    const mustWait = dueMs > nowMs || (keepOrder && edge.inOrder > 0);
    if (isEnd(outcome)) {
      this.#fates.copy(copy, outcome, nowMs);
      if (outcome === 'refused' && number === 0) this.#answer(edge, reader, decided);
    } else if (outcome === 'held') {
      this.#delivery.hold(copy, nowMs);
    } else if (mustWait) {
      this.#delivery.delay(copy, keepOrder, nowMs);
    } else {
      this.#delivery.arrive(copy, nowMs);
    }
  }

  /** Answers a request that a rule refused with a definite error; where it was reset, with an indefinite one. */
  #answer(edge: Edge, reader: FrameReader, { reason, isReset, rules }: Copy): void {
    const isReply = reader.inReplyTo >= 0;
    if (isReset ? !isReply && !reader.isRequest : !reader.isRequest) return;
    const rule = rules.at(-1)!;
    const { buffer, start, end } = isReset
      ? this.#refusals.reset(reader, rule)
      : this.#refusals.of(reader, `${reason} (rule ${rule})`);
    const waits = isReset && isReply ? edge.dest : edge.src;
    if (this.#delivery.obstacle(waits, end - start) !== undefined) return;
    this.#turn.gather(waits.inbox, buffer, start, end, 1);
  }

  #refuse(src: Endpoint, reader: FrameReader, hasLeft: boolean, nowMs: number): void {
    this.#fates.refused(src.name, reader, nowMs);
    this.#options.onEvent({
      kind: 'message.refused',
      node: src.name,
      facts: { dest: reader.dest, reason: reasonToRefuse(src, reader, hasLeft) },
    });
  }
}

function reasonToRefuse(src: Endpoint, reader: FrameReader, hasLeft: boolean): string {
  if (hasLeft) return 'its sender has left, or joined again';
  if (reader.src !== src.name) return `it claims to come from ${reader.src}`;
  if (reader.sender !== src.name) return `it claims to have been sent by ${reader.sender}`;
  if (reader.incarnation !== src.joinedIncarnation) {
    return `it claims to come from start ${reader.incarnation} of ${src.name}`;
  }
  if (reader.seq > seqMax) return `its number ${reader.seq} is above ${seqMax}`;
  return reader.seq <= src.lastSeq
    ? `its number ${reader.seq} was used before`
    : 'no such destination';
}

function isEnd(outcome: Outcome): outcome is Exclude<Outcome, 'deliver' | 'held'> {
  return outcome !== 'deliver' && outcome !== 'held';
}
