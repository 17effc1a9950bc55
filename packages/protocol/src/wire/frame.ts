/**
 * The binary frame: a batch of envelopes behind a two-byte mark. All integers little-endian.
 *
 *   frame     0xFA  version(1)  envelope…
 *   envelope  length u32        bytes of the envelope after this field
 *             flags u8          1 reply · 2 request · 4 stamps · 8 vector
 *             srcLength u8 · destLength u8 · typeLength u8
 *             incarnation u32
 *             seq u48
 *             src · dest · type (UTF-8)
 *             stamps            if flag 4: wallMs f64, trueMs f64, lamport f64, hybridMs u48, hybridCounter u16
 *             vector            if flag 8: byteLength u16, then entries: nameLength u8, name, counter u48
 *             body              the rest: JSON, UTF-8
 *
 * A router reads the fixed part and the names and copies the rest as it is: no body is parsed on the
 * way. Reading never trusts a length: whatever the bytes are, it ends in an envelope or in BAD_FRAME,
 * and allocates no more than the frame is long.
 */
import { FaultlineError } from '../errors.ts';
import {
  type Body,
  bodyBytesMax,
  type Envelope,
  frameBytesMax,
  nameBytesMax,
  type Stamps,
  typeBytesMax,
} from './envelope.ts';
import { NameCache } from './names.ts';

export const frameMark = 0xfa;
export const frameVersion = 1;
export const frameHeadBytes = 2;

const flagReply = 1;
const flagRequest = 2;
const flagStamps = 4;
const flagVector = 8;

const lengthBytes = 4;
const fixedBytes = 4 + 4 + 6;
export const stampBytes = 8 + 8 + 8 + 6 + 2;

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

const envelopeHeadBytesMax = lengthBytes + fixedBytes + stampBytes + 2;
const vectorEntryBytesMax = 1 + nameBytesMax + 6;
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
    const json = JSON.stringify(body);
    const type = body.type;
    if (typeof type !== 'string' || type.length === 0) {
      throw new FaultlineError(
        'BAD_REQUEST',
        `a message body needs a type, a non-empty string; this one has ${JSON.stringify(type)}`,
        { dest },
      );
    }
    // UTF-8 needs at most three bytes for each UTF-16 unit of a string.
    this.#reserve(
      envelopeHeadBytesMax +
        3 * (src.length + dest.length + type.length + json.length) +
        vectorEntryBytesMax * (stamps?.vector?.size ?? 0),
    );
    const start = this.#end;
    try {
      this.#write(start, src, dest, type, json, body, incarnation, seq, stamps);
    } catch (error) {
      this.#end = start;
      throw error;
    }
    this.#count++;
  }

  #write(
    start: number,
    src: string,
    dest: string,
    type: string,
    json: string,
    body: Body,
    incarnation: number,
    seq: number,
    stamps: StampsToWrite | undefined,
  ): void {
    const chunk = this.#chunk;
    let at = start + lengthBytes + fixedBytes;
    const srcLength = writeName(chunk, src, at, nameBytesMax, 'name');
    at += srcLength;
    const destLength = writeName(chunk, dest, at, nameBytesMax, 'name');
    at += destLength;
    const typeLength = writeName(chunk, type, at, typeBytesMax, 'message type');
    at += typeLength;
    let flags = 0;
    if (body.in_reply_to !== undefined) flags |= flagReply;
    if (body.msg_id !== undefined) flags |= flagRequest;
    if (stamps !== undefined) {
      flags |= flagStamps;
      chunk.writeDoubleLE(stamps.wallMs, at);
      chunk.writeDoubleLE(stamps.trueMs, at + 8);
      chunk.writeDoubleLE(stamps.lamport, at + 16);
      writeU48(chunk, stamps.hybridMs, at + 24);
      chunk.writeUInt16LE(stamps.hybridCounter, at + 30);
      at += stampBytes;
      if (stamps.vector !== undefined) {
        flags |= flagVector;
        const vectorStart = at;
        at += 2;
        for (let slot = 0; slot < stamps.vector.size; slot++) {
          const length = chunk.write(stamps.vector.idAt(slot), at + 1, 'utf8');
          chunk[at] = length;
          writeU48(chunk, stamps.vector.countAt(slot), at + 1 + length);
          at += 1 + length + 6;
        }
        chunk.writeUInt16LE(at - vectorStart - 2, vectorStart);
      }
    }
    const bodyLength = chunk.write(json, at, 'utf8');
    if (bodyLength > bodyBytesMax) {
      throw new FaultlineError(
        'BODY_TOO_LARGE',
        `the body of a ${type} message has ${bodyLength} bytes; the limit is ${bodyBytesMax}: send it in parts`,
        { type, dest, bytes: bodyLength, bytesMax: bodyBytesMax },
      );
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
  isReply = false;
  isRequest = false;
  incarnation = 0;
  seq = 0;
  /** Where the stamps start, or -1. */
  stampsAt = -1;
  /** Where the vector starts, its length field included, or -1. */
  vectorAt = -1;
  bodyAt = 0;

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

  /** Reads the one envelope that starts at `start`, as `appendEncoded` takes it. Throws BAD_FRAME. */
  openAt(buffer: Buffer, start: number): void {
    this.buffer = buffer;
    this.end = start;
    this.next();
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
    const srcAt = fixed + fixedBytes;
    const destAt = srcAt + buffer[fixed + 1]!;
    const typeAt = destAt + buffer[fixed + 2]!;
    let at = typeAt + buffer[fixed + 3]!;
    if (at > end) throw badFrame('names', `to end before byte ${end}`, at);
    if (srcAt === destAt || destAt === typeAt || typeAt === at)
      throw badFrame('names', 'source, destination and type', 'an empty one');
    this.stampsAt = -1;
    this.vectorAt = -1;
    if ((flags & flagStamps) !== 0) {
      this.stampsAt = at;
      at += stampBytes;
      if (at > end) throw badFrame('stamps', `to end before byte ${end}`, at);
      if ((flags & flagVector) !== 0) {
        if (at + 2 > end) throw badFrame('vector', `to start before byte ${end - 1}`, at);
        this.vectorAt = at;
        at += 2 + buffer.readUInt16LE(at);
        if (at > end) throw badFrame('vector', `to end before byte ${end}`, at);
      }
    }
    if (end - at > bodyBytesMax) throw badFrame('body', `at most ${bodyBytesMax} bytes`, end - at);
    this.start = start;
    this.end = end;
    this.isReply = (flags & flagReply) !== 0;
    this.isRequest = (flags & flagRequest) !== 0;
    this.incarnation = buffer.readUInt32LE(fixed + 4);
    this.seq = readU48(buffer, fixed + 8);
    this.src = this.names.read(buffer, srcAt, destAt);
    this.dest = this.names.read(buffer, destAt, typeAt);
    this.type = this.names.read(buffer, typeAt, typeAt + buffer[fixed + 3]!);
    this.bodyAt = at;
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

  stamps(): Stamps | undefined {
    const at = this.stampsAt;
    if (at < 0) return undefined;
    return readStamps(this.buffer, at, this.vectorAt, this.names);
  }

  /** Calls back with each entry of the vector, if there is one. Throws BAD_FRAME. */
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

/** Stamps at `at` and, unless -1, the vector at `vectorAt`. Throws BAD_FRAME. */
export function readStamps(buffer: Buffer, at: number, vectorAt: number, names: NameCache): Stamps {
  const stamps = {
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
  return { ...stamps, vector };
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
    if (nameEnd + 6 > end) throw badFrame('vector entry', `to end before byte ${end}`, nameEnd + 6);
    entry(names.read(buffer, start + 1, nameEnd), readU48(buffer, nameEnd));
    start = nameEnd + 6;
  }
}

export function asBody(value: unknown): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badFrame('body', 'a JSON object', Array.isArray(value) ? 'an array' : String(value));
  }
  const { type, msg_id, in_reply_to } = value as Record<string, unknown>;
  if (typeof type !== 'string' || type === '')
    throw badFrame('body.type', 'a non-empty string', JSON.stringify(type) ?? 'nothing');
  for (const [field, id] of Object.entries({ msg_id, in_reply_to })) {
    if (id !== undefined && !Number.isSafeInteger(id))
      throw badFrame(`body.${field}`, 'an integer', JSON.stringify(id));
  }
  return value as Body;
}

export function badFrame(what: string, expected: string, came: string | number): FaultlineError {
  return new FaultlineError(
    'BAD_FRAME',
    `malformed frame: ${what}: expected ${expected}, came ${came}`,
    {
      what,
      expected,
      came,
    },
  );
}

function writeName(
  chunk: Buffer,
  name: string,
  at: number,
  bytesMax: number,
  what: string,
): number {
  const length = chunk.write(name, at, 'utf8');
  if (length === 0 || length > bytesMax) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `a ${what} has 1 to ${bytesMax} bytes; ${JSON.stringify(name.slice(0, 80))} has ${length}`,
      { name: name.slice(0, 80), bytes: length, bytesMax },
    );
  }
  return length;
}

function writeU48(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeUInt32LE(value - high * 0x1_0000_0000, at);
  buffer.writeUInt16LE(high, at + 4);
}

export function readU48(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt16LE(at + 4) * 0x1_0000_0000;
}
