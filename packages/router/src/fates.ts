/** Records and counts the fate of each copy. */
import type { Fate, FrameReader } from '@faultline/protocol';
import type { FateToWrite } from '@faultline/recording';
import type { Edge } from './edge.ts';
import type { InFlightCopy } from './in-flight-copy.ts';
import type { TraceWriter } from './trace-writer.ts';

const noBytes = Buffer.alloc(0);

export class Fates {
  readonly #trace: TraceWriter | null;
  /** One object for all records: what is written is copied at once. */
  readonly #record: FateToWrite = {
    fate: 'delivered',
    copy: 0,
    isReply: false,
    isRequest: false,
    msgId: -1,
    inReplyTo: -1,
    isAltered: false,
    src: 0,
    dest: 0,
    type: 0,
    rules: 0,
    incarnation: 0,
    seq: 0,
    bodyBytes: 0,
    ordinal: 0,
    arrivedMs: 0,
    atMs: 0,
    source: noBytes,
    stampsAt: -1,
    vectorAt: -1,
    bodyAt: -1,
    bodyBytesMax: 0,
  };

  /** `bodyBytesMax`: how much of each body is recorded. */
  constructor(trace: TraceWriter | null, bodyBytesMax: number) {
    this.#trace = trace;
    this.#record.bodyBytesMax = bodyBytesMax;
  }

  /** The reader's current message was delivered as it came. */
  delivered(edge: Edge, reader: FrameReader, nowMs: number): void {
    edge.count('delivered');
    const trace = this.#trace;
    if (!trace?.isRecording) return;
    const record = this.#read(reader, nowMs);
    record.fate = 'delivered';
    record.src = trace.word(edge.src.name);
    record.dest = trace.word(edge.dest.name);
    record.type = trace.word(reader.type);
    record.ordinal = edge.rules.ordinal;
    trace.fate(record);
  }

  /** The router refused the reader's current message, which came from `src`. */
  refused(src: string, reader: FrameReader, nowMs: number): void {
    const trace = this.#trace;
    if (!trace?.isRecording) return;
    const record = this.#read(reader, nowMs);
    record.fate = 'refused';
    record.src = trace.word(src);
    record.dest = trace.word(reader.dest);
    record.type = trace.word(reader.type);
    record.ordinal = 0;
    trace.fate(record);
  }

  /** `decidedBy`: a rule that decided beside those that touched the copy before. */
  copy(copy: InFlightCopy, fate: Fate, nowMs: number, decidedBy?: string): void {
    const { edge } = copy;
    if (fate !== 'waiting' && fate !== 'held') edge.count(fate);
    const trace = this.#trace;
    if (!trace?.isRecording) return;
    const rules = decidedBy === undefined ? copy.rules : [...copy.rules, decidedBy];
    const record = this.#record;
    record.fate = fate;
    record.copy = copy.copy;
    record.isReply = copy.isReply;
    record.isRequest = copy.isRequest;
    record.msgId = copy.msgId;
    record.inReplyTo = copy.inReplyTo;
    record.isAltered = copy.isAltered;
    record.src = trace.word(edge.src.name);
    record.dest = trace.word(edge.dest.name);
    record.type = trace.word(copy.type);
    record.rules = trace.word(rules.join(','));
    record.incarnation = copy.incarnation;
    record.seq = copy.seq;
    record.bodyBytes = copy.bodyBytes;
    record.ordinal = copy.ordinal;
    record.arrivedMs = copy.arrivedMs;
    record.atMs = nowMs;
    record.source = copy.bytes;
    record.stampsAt = copy.stampsAt;
    record.vectorAt = copy.vectorAt;
    record.bodyAt = copy.bodyAt;
    trace.fate(record);
  }

  /** What the reader says of its current message, which no rule has touched. */
  #read(reader: FrameReader, nowMs: number): FateToWrite {
    const record = this.#record;
    record.copy = 0;
    record.rules = 0;
    record.isReply = reader.isReply;
    record.isRequest = reader.isRequest;
    record.msgId = reader.msgId;
    record.inReplyTo = reader.inReplyTo;
    record.isAltered = false;
    record.incarnation = reader.incarnation;
    record.seq = reader.seq;
    record.bodyBytes = reader.end - reader.bodyAt;
    record.arrivedMs = nowMs;
    record.atMs = nowMs;
    record.source = reader.buffer;
    record.stampsAt = reader.stampsAt;
    record.vectorAt = reader.vectorAt;
    record.bodyAt = reader.bodyAt;
    return record;
  }
}
