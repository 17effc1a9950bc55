/** Reads binary frames. */
import { badFrame } from './bad-frame.ts';
import { asBody } from './body.ts';
import {
  type Body,
  bodyBytesMax,
  type Envelope,
  frameBytesMax,
  type Json,
  nameBytesMax,
  type Stamps,
  typeBytesMax,
} from './envelope.ts';
import { fieldAt, parsedOrNull } from './field.ts';
import {
  fixedBytes,
  flagReply,
  flagRequest,
  flagSender,
  flagSigned,
  flagStamps,
  flagVector,
  frameHeadBytes,
  frameMark,
  frameVersion,
  lengthBytes,
  numberBytes,
  signatureBytes,
} from './frame.ts';
import { nameLength } from './name-bytes.ts';
import { NameCache } from './names.ts';
import {
  eachVectorEntry,
  findVectorEnd,
  hybridCounterOffset,
  hybridMsOffset,
  lamportOffset,
  readStamps,
  stampBytes,
} from './stamps.ts';
import { readU48 } from './u48.ts';

/**
 * Walks through the envelopes of a frame without making an object of each: `next` moves to the next
 * one and the fields hold its contents until it is called again.
 */
export class FrameReader {
  readonly names: NameCache;
  buffer: Buffer = Buffer.alloc(0);
  /** Where the current envelope starts, its length field included, and where it ends. */
  start = 0;
  end = 0;
  src = '';
  dest = '';
  type = '';
  /** The real sender: not `src` if a rule forged that. Never visible to programs. */
  sender = '';
  isReply = false;
  isRequest = false;
  /** `msg_id` and `in_reply_to` of the body; -1 where the flags say that there is none. */
  msgId = -1;
  inReplyTo = -1;
  incarnation = 0;
  seq = 0;
  /** Where the stamps start, or -1. */
  stampsAt = -1;
  /** Where the vector starts, its length field included, or -1. */
  vectorAt = -1;
  /** Where the signature starts, or -1. */
  signatureAt = -1;
  bodyAt = 0;
  /** The body as JSON, once a field of it was asked for; undefined: not parsed yet. */
  #parsed: unknown;

  constructor(names = new NameCache()) {
    this.names = names;
  }

  /** Throws BAD_FRAME if this is not a frame at all. */
  open(frame: Buffer): void {
    if (frame.length > frameBytesMax)
      throw badFrame('frame', `at most ${frameBytesMax} bytes`, frame.length);
    if (frame.length < frameHeadBytes || frame[0] !== frameMark) {
      throw badFrame('first byte', '0xfa', frame[0] ?? 'nothing');
    }
    if (frame[1] !== frameVersion) throw badFrame('version', String(frameVersion), frame[1]!);
    this.buffer = frame;
    this.end = frameHeadBytes;
  }

  /** False at the end of the frame. Throws BAD_FRAME. */
  next(): boolean {
    const buffer = this.buffer;
    const start = this.end;
    if (start === buffer.length) return false;
    if (start + lengthBytes + fixedBytes > buffer.length) {
      throw badFrame(
        'envelope',
        `${lengthBytes + fixedBytes} bytes or more`,
        buffer.length - start,
      );
    }
    const length = buffer.readUInt32LE(start);
    const end = start + lengthBytes + length;
    if (end > buffer.length)
      throw badFrame('envelope length', `at most ${buffer.length - start - lengthBytes}`, length);
    const fixed = start + lengthBytes;
    const flags = buffer[fixed]!;
    const isRequest = (flags & flagRequest) !== 0;
    const isReply = (flags & flagReply) !== 0;
    let at = fixed + fixedBytes;
    const srcAt = at + (isRequest ? numberBytes : 0) + (isReply ? numberBytes : 0);
    const destAt = srcAt + nameLength(buffer, fixed + 1, nameBytesMax, 'source');
    const typeAt = destAt + nameLength(buffer, fixed + 2, nameBytesMax, 'destination');
    const typeEnd = typeAt + nameLength(buffer, fixed + 3, typeBytesMax, 'type');
    if (typeEnd > end) throw badFrame('names', `to end before byte ${end}`, typeEnd);
    let msgId = -1;
    if (isRequest) {
      msgId = buffer.readDoubleLE(at);
      if (!Number.isSafeInteger(msgId)) throw badFrame('msg_id', 'an integer', msgId);
      at += numberBytes;
    }
    let inReplyTo = -1;
    if (isReply) {
      inReplyTo = buffer.readDoubleLE(at);
      if (!Number.isSafeInteger(inReplyTo)) throw badFrame('in_reply_to', 'an integer', inReplyTo);
    }
    at = typeEnd;
    let sender = '';
    if ((flags & flagSender) !== 0) {
      if (at === end) throw badFrame('sender', 'a name', 'nothing');
      const senderEnd = at + 1 + nameLength(buffer, at, nameBytesMax, 'sender');
      if (senderEnd > end) throw badFrame('sender', `to end before byte ${end}`, senderEnd);
      sender = this.names.read(buffer, at + 1, senderEnd);
      at = senderEnd;
    }
    let stampsAt = -1;
    let vectorAt = -1;
    if ((flags & flagStamps) !== 0) {
      stampsAt = at;
      at += stampBytes;
      if (at > end) throw badFrame('stamps', `to end before byte ${end}`, at);
      if ((flags & flagVector) !== 0) {
        vectorAt = at;
        at = findVectorEnd(buffer, at, end);
        if (at < 0) throw badFrame('vector', 'whole entries', 'a broken one');
      }
    }
    let signatureAt = -1;
    if ((flags & flagSigned) !== 0) {
      signatureAt = at;
      at += signatureBytes;
      if (at > end) throw badFrame('signature', `to end before byte ${end}`, at);
    }
    if (end - at > bodyBytesMax) throw badFrame('body', `at most ${bodyBytesMax} bytes`, end - at);
    this.start = start;
    this.end = end;
    this.stampsAt = stampsAt;
    this.vectorAt = vectorAt;
    this.signatureAt = signatureAt;
    this.isReply = isReply;
    this.isRequest = isRequest;
    this.msgId = msgId;
    this.inReplyTo = inReplyTo;
    this.incarnation = buffer.readUInt32LE(fixed + 4);
    this.seq = readU48(buffer, fixed + 8);
    this.src = this.names.read(buffer, srcAt, destAt);
    this.dest = this.names.read(buffer, destAt, typeAt);
    this.type = this.names.read(buffer, typeAt, typeEnd);
    this.sender = sender === '' ? this.src : sender;
    this.bodyAt = at;
    this.#parsed = undefined;
    return true;
  }

  get bodyBytes(): number {
    return this.end - this.bodyAt;
  }

  /** What the sender's logical clocks read; only where `stampsAt` is not -1. */
  get lamport(): number {
    return this.buffer.readDoubleLE(this.stampsAt + lamportOffset);
  }

  get hybridMs(): number {
    return readU48(this.buffer, this.stampsAt + hybridMsOffset);
  }

  get hybridCounter(): number {
    return this.buffer.readUInt16LE(this.stampsAt + hybridCounterOffset);
  }

  /** Parses the body. Throws BAD_FRAME where it is not a JSON object with a type. */
  body(): Body {
    let body: unknown;
    try {
      body = JSON.parse(this.buffer.toString('utf8', this.bodyAt, this.end));
    } catch (cause) {
      throw badFrame('body', 'JSON', (cause as Error).message);
    }
    return asBody(body);
  }

  /** The value at a path of the body, such as `entry.term`; undefined where there is none. */
  field(path: string): Json | undefined {
    this.#parsed ??= parsedOrNull(this.buffer, this.bodyAt, this.end);
    return fieldAt(this.#parsed, path);
  }

  stamps(): Stamps | undefined {
    const at = this.stampsAt;
    if (at < 0) return undefined;
    return readStamps(this.buffer, at, this.vectorAt, this.names);
  }

  /** Calls back with each entry of the vector, if there is one. */
  eachVectorEntry(entry: (id: string, count: number) => void): void {
    if (this.vectorAt >= 0) eachVectorEntry(this.buffer, this.vectorAt, this.names, entry);
  }

  envelope(): Envelope {
    const stamps = this.stamps();
    return {
      src: this.src,
      dest: this.dest,
      body: this.body(),
      header: { incarnation: this.incarnation, seq: this.seq, ...(stamps ? { stamps } : {}) },
    };
  }
}
