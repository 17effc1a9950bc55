/**
 * A copy of a message that stays in the router for a while: delayed, held, or behind others for a
 * receiver that does not keep up. It owns its bytes, because the frame it came in is long gone when
 * it leaves.
 */
import { type FrameReader, fieldAt, type Json, messageId, parsedOrNull } from '@faultline/protocol';
import type { Edge } from './edge.ts';

export class InFlightCopy {
  readonly edge: Edge;
  /** The envelope, length field included. */
  readonly bytes: Buffer;
  /** Its bytes are not those that were sent; type, numbers and size below are. */
  readonly isAltered: boolean;
  readonly type: string;
  readonly isReply: boolean;
  readonly isRequest: boolean;
  readonly msgId: number;
  readonly inReplyTo: number;
  readonly incarnation: number;
  readonly seq: number;
  readonly bodyBytes: number;
  readonly stampsAt: number;
  readonly vectorAt: number;
  readonly bodyAt: number;
  readonly copy: number;
  readonly ordinal: number;
  readonly arrivedMs: number;
  /** Ids of the rules that touched it. */
  readonly rules: readonly string[];
  /** True time at which it is to be delivered. */
  dueMs: number;
  /** True time at which it would be delivered if no earlier copy kept it back. */
  readonly ownDueMs: number;
  /** It waits in the scheduler and must not be overtaken by later ones that keep their order. */
  keepsOrder = false;
  /** A rule that touched it is gone, so it keeps nothing of the link's order or queue. */
  isOrphan = false;

  constructor(
    edge: Edge,
    reader: FrameReader,
    /** What it carries, where rules changed that; else the same reader. */
    carried: FrameReader,
    copy: number,
    ordinal: number,
    arrivedMs: number,
    dueMs: number,
    rules: readonly string[],
    ownDueMs = dueMs,
  ) {
    const { start } = carried;
    this.edge = edge;
    this.bytes = Buffer.from(carried.buffer.subarray(start, carried.end));
    this.isAltered = carried !== reader;
    this.type = reader.type;
    this.isReply = reader.isReply;
    this.isRequest = reader.isRequest;
    this.msgId = reader.msgId;
    this.inReplyTo = reader.inReplyTo;
    this.incarnation = reader.incarnation;
    this.seq = reader.seq;
    this.bodyBytes = reader.bodyBytes;
    this.stampsAt = carried.stampsAt < 0 ? -1 : carried.stampsAt - start;
    this.vectorAt = carried.vectorAt < 0 ? -1 : carried.vectorAt - start;
    this.bodyAt = carried.bodyAt - start;
    this.copy = copy;
    this.ordinal = ordinal;
    this.arrivedMs = arrivedMs;
    this.dueMs = dueMs;
    this.ownDueMs = ownDueMs;
    this.rules = rules;
  }

  /** A value of the body as it is carried. Parses the body on each call: few rules need it. */
  field(path: string): Json | undefined {
    return fieldAt(parsedOrNull(this.bytes, this.bodyAt, this.bytes.length), path);
  }

  /** Of the message, whichever copy of it this is. */
  get id(): string {
    return messageId(this.edge.src.name, this.incarnation, this.seq);
  }
}
