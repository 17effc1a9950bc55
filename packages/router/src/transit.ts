/**
 * A copy of a message that stays in the router for a while: delayed, held, or behind others for a
 * receiver that does not keep up. It owns its bytes, because the frame it came in is long gone when
 * it leaves.
 */
import { type FrameReader, messageId } from '@faultline/protocol';
import type { Edge } from './edge.ts';

export class Transit {
  readonly edge: Edge;
  /** The envelope, length field included. */
  readonly bytes: Buffer;
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
  /** It waits in the scheduler and must not be overtaken by later ones that keep their order. */
  keepsOrder = false;

  constructor(
    edge: Edge,
    reader: FrameReader,
    copy: number,
    ordinal: number,
    arrivedMs: number,
    dueMs: number,
    rules: readonly string[],
  ) {
    const { start } = reader;
    this.edge = edge;
    this.bytes = Buffer.from(reader.buffer.subarray(start, reader.end));
    this.type = reader.type;
    this.isReply = reader.isReply;
    this.isRequest = reader.isRequest;
    this.msgId = reader.msgId;
    this.inReplyTo = reader.inReplyTo;
    this.incarnation = reader.incarnation;
    this.seq = reader.seq;
    this.bodyBytes = reader.bodyBytes;
    this.stampsAt = reader.stampsAt < 0 ? -1 : reader.stampsAt - start;
    this.vectorAt = reader.vectorAt < 0 ? -1 : reader.vectorAt - start;
    this.bodyAt = reader.bodyAt - start;
    this.copy = copy;
    this.ordinal = ordinal;
    this.arrivedMs = arrivedMs;
    this.dueMs = dueMs;
    this.rules = rules;
  }

  /** Of the message, whichever copy of it this is. */
  get id(): string {
    return messageId(this.edge.src.name, this.incarnation, this.seq);
  }
}
