/** What the router's records say about one message: the decision, its request and its replies. */
import { type FateEvent, messageId, type TraceEvent } from '@faultline/protocol';
import { type Decided, type DecidedMessage, hasSharedRule, Redecision } from '../replay.ts';
import { SeenMessages } from '../seen-messages.ts';
import type { RunSource, SeenRecord } from '../source.ts';
import { sourcesForged } from '../why.ts';
import { wantsOf } from './records-of.ts';
import { SenderList, type Senders } from './senders.ts';

export interface Survey extends Senders {
  /** True time at which the first of the messages arrived; -Infinity: unknown. */
  readonly fromMs: number;
  readonly links: readonly TraceEvent[];
  readonly decided: Decided | null;
  /** For a reply, the latest message that it may answer; for a request, all that may answer it. */
  readonly request: string | null;
  readonly replies: readonly string[];
}

export async function surveyOf(
  files: RunSource,
  message: FateEvent,
  ids: ReadonlySet<string>,
): Promise<Survey> {
  const survey = new Surveyor(files, message, ids, true);
  await survey.read();
  if (survey.decided === null || !hasSharedRule(survey.decided)) return survey;
  const shared = new Surveyor(files, message, ids, false);
  await shared.read();
  return shared;
}

/** One pass over the router's records, in which the message is decided about again. */
class Surveyor implements Survey {
  readonly #senders = new SenderList();
  readonly senders = this.#senders.all;
  readonly replies: string[] = [];
  readonly links: TraceEvent[] = [];
  fromMs = Number.POSITIVE_INFINITY;
  decided: Decided | null = null;
  request: string | null = null;
  readonly #files: RunSource;
  readonly #message: FateEvent;
  readonly #isWanted: (record: SeenRecord) => boolean;
  readonly #isOwnEdgeOnly: boolean;
  readonly #again: Redecision;
  readonly #seen = new SeenMessages();
  readonly #decidedRecord = new DecidedRecord();
  #claimed: readonly string[] = [];
  #requestMs = Number.POSITIVE_INFINITY;
  #isPast = false;
  /** The same request number was used again. */
  #isReused = false;

  /** `ids`: messages whose arrival times are needed. */
  constructor(
    files: RunSource,
    message: FateEvent,
    ids: ReadonlySet<string>,
    isOwnEdgeOnly: boolean,
  ) {
    this.#isWanted = wantsOf(ids);
    this.#files = files;
    this.#message = message;
    this.#isOwnEdgeOnly = isOwnEdgeOnly;
    this.#again = new Redecision(files.run);
  }

  async read(): Promise<void> {
    const wants = (record: SeenRecord, decode: () => TraceEvent | undefined): boolean => {
      if (record.kind === 'fate') {
        if (record.fate !== undefined) this.#fate(record, decode);
        return false;
      }
      if (!this.#isPast) this.#change(decode());
      return record.kind === 'link';
    };
    const options = { from: 'router', vectors: false, losesOf: () => false, wants } as const;
    for await (const batch of this.#files.facts(options)) {
      for (const fact of batch) this.links.push(fact);
    }
    // If no router saw it, the missing facts follow from all records.
    if (this.#message.dest === '?') this.fromMs = Number.NEGATIVE_INFINITY;
    else this.fromMs = Math.min(this.fromMs, this.#requestMs);
  }

  #change(fact: TraceEvent | undefined): void {
    if (fact?.kind === 'start') this.#again.change({ kind: 'start' });
    else if (fact?.kind === 'rule') this.#again.change({ kind: 'rule', event: fact });
    else if (fact?.kind === 'link' && fact.up) {
      const { name, incarnation } = fact;
      this.#again.change({ kind: 'joined', name, incarnation });
    }
  }

  #fate(record: SeenRecord, decode: () => TraceEvent | undefined): void {
    const { src } = record;
    this.#senders.note(src, record);
    if (this.#isWanted(record)) this.fromMs = Math.min(this.fromMs, record.arrivedMs);
    const { src: from, dest: to, msgId = -1, inReplyTo = -1, isReply } = this.#message;
    const isFromSender = src === from;
    const isFromReceiver = src === to;
    if (this.#isOwnEdgeOnly && !isFromSender && !isFromReceiver) return;
    const { dest, incarnation, seq } = record;
    const isOnEdge = isFromSender && dest === to;
    const mayAnswer = isFromReceiver && msgId >= 0 && record.inReplyTo === msgId;
    const mayBeAnswered =
      isReply && inReplyTo >= 0 && isFromReceiver && dest === from && record.msgId === inReplyTo;
    if (this.#isOwnEdgeOnly && !isOnEdge && !mayAnswer && !mayBeAnswered) return;
    // Later records of a message have its fates.
    if (!this.#seen.isNew(src, incarnation, seq)) return;
    if (this.#isPast) {
      if (this.#isReused || msgId < 0) return;
      if (mayAnswer && (dest === from || this.#claimed.includes(dest))) {
        this.replies.push(messageId(src, incarnation, seq));
      }
      this.#isReused = isOnEdge && record.msgId === msgId;
      return;
    }
    if (isOnEdge && seq === this.#message.seq && incarnation === this.#message.incarnation) {
      this.#isPast = true;
      if (record.ordinal < 1) return;
      this.decided = this.#again.account(this.#asDecided(record, decode));
      this.#claimed = sourcesForged(this.decided);
      return;
    }
    if (mayBeAnswered) {
      this.request = messageId(src, incarnation, seq);
      this.#requestMs = record.arrivedMs;
    }
    if (isOnEdge || !this.#isOwnEdgeOnly) this.#again.decide(this.#asDecided(record, decode));
  }

  #asDecided(record: SeenRecord, decode: () => TraceEvent | undefined): DecidedMessage {
    this.#decidedRecord.record = record;
    this.#decidedRecord.decode = decode;
    return this.#decidedRecord;
  }
}

/** What a record says about a message, decoded on demand. */
class DecidedRecord implements DecidedMessage {
  record!: SeenRecord;
  decode!: () => TraceEvent | undefined;

  get src(): string {
    return this.record.src;
  }

  get dest(): string {
    return this.record.dest;
  }

  get type(): string {
    return this.record.type;
  }

  get isReply(): boolean {
    return this.record.isReply;
  }

  get bodyBytes(): number {
    return this.record.bodyBytes;
  }

  get ordinal(): number {
    return this.record.ordinal;
  }

  get arrivedMs(): number {
    return this.record.arrivedMs;
  }

  get isAltered(): boolean {
    return this.record.isAltered;
  }

  rules(): readonly string[] {
    const { rules } = this.record;
    return rules === '' ? [] : rules.split(',');
  }

  body(): ReturnType<DecidedMessage['body']> {
    const fact = this.decode();
    if (fact?.kind !== 'fate' || fact.body === undefined) return undefined;
    return { text: fact.body, isCut: fact.bodyCut ?? false };
  }
}
