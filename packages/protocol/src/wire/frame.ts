/**
 * The binary frame: a batch of envelopes behind a two-byte mark. All integers little-endian.
 *
 *   frame     0xFA  version(2)  envelope…
 *   envelope  length u32        bytes of the envelope after this field
 *             flags u8          1 reply · 2 request · 4 stamps · 8 vector · 16 sender · 32 signed
 *             srcLength u8 · destLength u8 · typeLength u8
 *             incarnation u32
 *             seq u48
 *             msgId f64         if flag 2: the body's msg_id
 *             inReplyTo f64     if flag 1: the body's in_reply_to
 *             src · dest · type (UTF-8)
 *             sender            if flag 16: nameLength u8, name. Written by a router only, where a rule
 *                               forged the source: who really sent it, for the recording
 *             stamps            if flag 4: wallMs f64, trueMs f64, lamport f64, hybridMs u48, hybridCounter u16
 *             vector            if flag 8: byteLength u16, then entries: nameLength u8, name, counter u48
 *             signature         if flag 32: 32 bytes, HMAC-SHA-256 (host/signatures.ts)
 *             body              the rest: JSON, UTF-8
 *
 * A router reads what stands before the body and copies the rest as it is: no body is parsed on the
 * way. Reading never trusts a length: whatever the bytes are, it ends in an envelope or in BAD_FRAME,
 * and allocates no more than the frame is long.
 */
import { FaultlineError } from '../errors.ts';
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
import { NameCache } from './names.ts';

export const frameMark = 0xfa;
export const frameVersion = 2;
export const frameHeadBytes = 2;

export const flagReply = 1;
export const flagRequest = 2;
export const flagStamps = 4;
export const flagVector = 8;
export const flagSender = 16;
export const flagSigned = 32;

export const lengthBytes = 4;
export const fixedBytes = 4 + 4 + 6;
export const numberBytes = 8;
export const stampBytes = 8 + 8 + 8 + 6 + 2;
const signatureBytes = 32;

/** Makes the signature of a message: 32 bytes. */
export type Sign = (
  src: string,
  dest: string,
  incarnation: number,
  seq: number,
  body: Buffer,
) => Uint8Array;

/** A vector as a host keeps it: entries in slots, read one by one and never copied. */
export interface VectorEntries {
  readonly size: number;
  idAt(slot: number): string;
  countAt(slot: number): number;
}

/** What a sender's host stamps a message with; like Stamps, but the vector need not be copied first. */
export interface StampsToWrite extends Omit<Stamps, 'vector'> {
  readonly vector?: VectorEntries | undefined;
}

/** UTF-8 needs at most this many bytes for a UTF-16 unit of a string, and at least one. */
const utf8BytesMax = 3;
const envelopeHeadBytesMax =
  lengthBytes +
  fixedBytes +
  2 * numberBytes +
  utf8BytesMax * (2 * nameBytesMax + typeBytesMax) +
  stampBytes +
  2 +
  signatureBytes;
export const vectorEntryBytesMax = 1 + utf8BytesMax * nameBytesMax + 6;
const vectorBytesMax = 0xffff;
const chunkBytes = 256 * 1024;

/**
 * Gathers envelopes into frames. A frame handed out by `take` is never written again: it may wait in
 * a socket for as long as it likes. Frames are cut from chunks so that a lone small message costs no
 * allocation of its own.
 */
export class FrameWriter {
  #chunk = Buffer.allocUnsafeSlow(0);
  #start = 0;
  #end = 0;
  #count = 0;
  readonly #sign: Sign | undefined;

  /** `sign`: signs the messages that it encodes. */
  constructor(sign?: Sign) {
    this.#sign = sign;
  }

  /** Envelopes gathered since the last `take`. */
  get count(): number {
    return this.#count;
  }

  /** Bytes gathered since the last `take`. */
  get bytes(): number {
    return this.#end - this.#start;
  }

  /** Encodes one message. Throws BODY_TOO_LARGE or BAD_REQUEST, and then the batch is as it was. */
  append(
    src: string,
    dest: string,
    body: Body,
    incarnation: number,
    seq: number,
    stamps?: StampsToWrite,
  ): void {
    const json = toJson(dest, body);
    this.#reserve(
      envelopeHeadBytesMax +
        utf8BytesMax * json.length +
        vectorEntryBytesMax * (stamps?.vector?.size ?? 0),
    );
    const start = this.#end;
    try {
      this.#write(start, src, dest, json, body, incarnation, seq, stamps);
    } catch (error) {
      this.#end = this.#count === 0 ? this.#start : start;
      throw error;
    }
    this.#count++;
  }

  #write(
    start: number,
    src: string,
    dest: string,
    json: string,
    body: Body,
    incarnation: number,
    seq: number,
    stamps: StampsToWrite | undefined,
  ): void {
    const chunk = this.#chunk;
    const { type } = body;
    let at = start + lengthBytes + fixedBytes;
    let flags = 0;
    if (typeof body.msg_id === 'number') {
      flags |= flagRequest;
      chunk.writeDoubleLE(body.msg_id, at);
      at += numberBytes;
    }
    if (typeof body.in_reply_to === 'number') {
      flags |= flagReply;
      chunk.writeDoubleLE(body.in_reply_to, at);
      at += numberBytes;
    }
    const srcLength = writeName(chunk, src, at, nameBytesMax, 'name');
    at += srcLength;
    const destLength = writeName(chunk, dest, at, nameBytesMax, 'name');
    at += destLength;
    const typeLength = writeName(chunk, type, at, typeBytesMax, 'message type');
    at += typeLength;
    if (stamps !== undefined) {
      flags |= flagStamps;
      at = writeStamps(chunk, stamps, at);
      if (stamps.vector !== undefined) {
        const entriesAt = at + 2;
        const end = writeVector(chunk, stamps.vector, entriesAt);
        // Its length has 16 bits: a vector of a thousand nodes with long names is left out.
        if (end - entriesAt <= vectorBytesMax) {
          flags |= flagVector;
          chunk.writeUInt16LE(end - entriesAt, at);
          at = end;
        }
      }
    }
    const signatureAt = at;
    if (this.#sign !== undefined) {
      flags |= flagSigned;
      at += signatureBytes;
    }
    const bodyLength = chunk.write(json, at, 'utf8');
    if (bodyLength > bodyBytesMax) throw bodyTooLarge(dest, type, bodyLength);
    if (this.#sign !== undefined) {
      const bytes = chunk.subarray(at, at + bodyLength);
      chunk.set(this.#sign(src, dest, incarnation, seq, bytes), signatureAt);
    }
    at += bodyLength;
    chunk.writeUInt32LE(at - start - lengthBytes, start);
    const fixed = start + lengthBytes;
    chunk[fixed] = flags;
    chunk[fixed + 1] = srcLength;
    chunk[fixed + 2] = destLength;
    chunk[fixed + 3] = typeLength;
    chunk.writeUInt32LE(incarnation, fixed + 4);
    writeU48(chunk, seq, fixed + 8);
    this.#end = at;
  }

  /** Takes over whole envelopes that are encoded already, lengths included. */
  appendEncoded(source: Buffer, start: number, end: number, count: number): void {
    this.#reserve(end - start);
    source.copy(this.#chunk, this.#end, start, end);
    this.#end += end - start;
    this.#count += count;
  }

  /** The frame gathered so far; the writer starts a new one. */
  take(): Buffer {
    const frame = this.#chunk.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.#count = 0;
    return frame;
  }

  #reserve(bytes: number): void {
    const empty = this.#end === this.#start;
    const needed = bytes + (empty ? frameHeadBytes : 0);
    if (this.#end + needed > this.#chunk.length) {
      const gathered = this.#end - this.#start;
      const next = Buffer.allocUnsafeSlow(Math.max(chunkBytes, 2 * (gathered + needed)));
      this.#chunk.copy(next, 0, this.#start, this.#end);
      this.#chunk = next;
      this.#start = 0;
      this.#end = gathered;
    }
    if (empty) {
      this.#chunk[this.#end] = frameMark;
      this.#chunk[this.#end + 1] = frameVersion;
      this.#end += frameHeadBytes;
    }
  }
}

/**
 * Walks through the envelopes of a frame without making an object of each: `next` moves to the next
 * one and the fields tell what it says until it is called again.
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
  /** Whoever really sent it: not `src` where a rule forged that. Never for programs to see. */
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

  /** Throws BAD_FRAME where this is no frame at all. */
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
    return this.buffer.readDoubleLE(this.stampsAt + 16);
  }

  get hybridMs(): number {
    return readU48(this.buffer, this.stampsAt + 24);
  }

  get hybridCounter(): number {
    return this.buffer.readUInt16LE(this.stampsAt + 30);
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

/** Stamps at `at` and, unless -1, the vector at `vectorAt`; both have been found whole. */
export function readStamps(buffer: Buffer, at: number, vectorAt: number, names: NameCache): Stamps {
  const stamps: { -readonly [K in keyof Stamps]: Stamps[K] } = {
    wallMs: buffer.readDoubleLE(at),
    trueMs: buffer.readDoubleLE(at + 8),
    lamport: buffer.readDoubleLE(at + 16),
    hybridMs: readU48(buffer, at + 24),
    hybridCounter: buffer.readUInt16LE(at + 30),
  };
  if (vectorAt < 0) return stamps;
  const vector: Record<string, number> = Object.create(null);
  eachVectorEntry(buffer, vectorAt, names, (id, count) => {
    vector[id] = count;
  });
  stamps.vector = vector;
  return stamps;
}

function eachVectorEntry(
  buffer: Buffer,
  at: number,
  names: NameCache,
  entry: (id: string, count: number) => void,
): void {
  const end = at + 2 + buffer.readUInt16LE(at);
  for (let start = at + 2; start < end; ) {
    const nameEnd = start + 1 + buffer[start]!;
    entry(names.read(buffer, start + 1, nameEnd), readU48(buffer, nameEnd));
    start = nameEnd + 6;
  }
}

/** Where the vector at `at` ends; -1 where it is not made of whole entries or passes `limit`. */
export function findVectorEnd(buffer: Buffer, at: number, limit: number): number {
  if (at + 2 > limit) return -1;
  const end = at + 2 + buffer.readUInt16LE(at);
  if (end > limit) return -1;
  let start = at + 2;
  while (start < end) {
    const length = buffer[start]!;
    if (length === 0 || length > nameBytesMax) return -1;
    start += 1 + length + 6;
  }
  return start === end ? end : -1;
}

/** Throws BAD_FRAME. Takes the value over: an id that is null, as many a library writes it, is none. */
export function asBody(value: unknown): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badFrame('body', 'a JSON object', brief(value));
  }
  const body = value as Record<string, unknown>;
  if (typeof body.type !== 'string' || body.type === '')
    throw badFrame('body.type', 'a non-empty string', brief(body.type));
  for (const field of idFields) {
    const id = body[field];
    if (id === null) delete body[field];
    else if (!isMessageNumber(id)) throw badFrame(`body.${field}`, 'an integer', brief(id));
  }
  return body as Body;
}

const idFields = ['msg_id', 'in_reply_to'] as const;

function isMessageNumber(id: unknown): boolean {
  return id === undefined || Number.isSafeInteger(id);
}

/** The body as JSON. Throws BAD_REQUEST, BODY_TOO_LARGE. */
function toJson(dest: string, body: Body): string {
  const type: unknown = body?.type;
  if (typeof type !== 'string' || type === '') {
    throw badBody(dest, `needs a type, a non-empty string; this one has ${brief(type)}`);
  }
  for (const field of idFields) {
    const id: unknown = body[field];
    if (id !== null && !isMessageNumber(id)) {
      throw badBody(dest, `has an integer as ${field}; this one of type ${type} has ${brief(id)}`);
    }
  }
  let json: string;
  try {
    json = JSON.stringify(body);
  } catch (cause) {
    throw badBody(dest, `is JSON; this one of type ${type} is not: ${String(cause)}`, cause);
  }
  if (json.length > bodyBytesMax) throw bodyTooLarge(dest, type, Buffer.byteLength(json));
  return json;
}

function badBody(dest: string, what: string, cause?: unknown): FaultlineError {
  return new FaultlineError('BAD_REQUEST', `a message body ${what}`, { dest }, { cause });
}

function bodyTooLarge(dest: string, type: string, bytes: number): FaultlineError {
  return new FaultlineError(
    'BODY_TOO_LARGE',
    `the body of a ${brief(type)} message has ${bytes} bytes; the limit is ${bodyBytesMax}: send it in parts`,
    { type, dest, bytes, bytesMax: bodyBytesMax },
  );
}

/** A value that does not fit, short enough for a message: what came from outside may be of any size. */
export function brief(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

export function badFrame(what: string, expected: string, came: string | number): FaultlineError {
  return new FaultlineError(
    'BAD_FRAME',
    `malformed frame: ${what}: expected ${expected}, came ${came}`,
    { what, expected, came },
  );
}

function writeName(
  chunk: Buffer,
  name: string,
  at: number,
  bytesMax: number,
  what: string,
): number {
  const length = name.length > bytesMax ? name.length : chunk.write(name, at, 'utf8');
  if (length === 0 || length > bytesMax) {
    const bytes = Buffer.byteLength(name);
    throw new FaultlineError(
      'BAD_REQUEST',
      `a ${what} has 1 to ${bytesMax} bytes; ${brief(name)} has ${bytes}`,
      { name: name.slice(0, 80), bytes, bytesMax },
    );
  }
  return length;
}

/** Writes all but the vector; returns where they end. */
export function writeStamps(buffer: Buffer, stamps: StampsToWrite, at: number): number {
  buffer.writeDoubleLE(stamps.wallMs, at);
  buffer.writeDoubleLE(stamps.trueMs, at + 8);
  buffer.writeDoubleLE(stamps.lamport, at + 16);
  writeU48(buffer, stamps.hybridMs, at + 24);
  buffer.writeUInt16LE(stamps.hybridCounter, at + 30);
  return at + stampBytes;
}

/** Returns where the entries end. */
export function writeVector(chunk: Buffer, vector: VectorEntries, start: number): number {
  let at = start;
  for (let slot = 0; slot < vector.size; slot++) {
    const length = writeName(chunk, vector.idAt(slot), at + 1, nameBytesMax, 'name');
    chunk[at] = length;
    writeU48(chunk, vector.countAt(slot), at + 1 + length);
    at += 1 + length + 6;
  }
  return at;
}

/** The length of a name that stands in the fixed part. */
function nameLength(buffer: Buffer, at: number, bytesMax: number, what: string): number {
  const length = buffer[at]!;
  if (length === 0 || length > bytesMax) throw badFrame(what, `1 to ${bytesMax} bytes`, length);
  return length;
}

export function writeU48(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeUInt32LE(value - high * 0x1_0000_0000, at);
  buffer.writeUInt16LE(high, at + 4);
}

export function readU48(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt16LE(at + 4) * 0x1_0000_0000;
}
