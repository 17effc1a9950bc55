/** Writes binary frames. */
import { bodyTooLarge, toJson } from './body.ts';
import { type Body, bodyBytesMax, nameBytesMax, typeBytesMax } from './envelope.ts';
import {
  fixedBytes,
  flagReply,
  flagRequest,
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
import { utf8BytesMax, writeName } from './name-bytes.ts';
import {
  type StampsToWrite,
  stampBytes,
  vectorBytesMax,
  vectorEntryBytesMax,
  writeStamps,
  writeVector,
} from './stamps.ts';
import { writeU48 } from './u48.ts';

/** Makes the signature of a message: 32 bytes. */
export type Sign = (
  src: string,
  dest: string,
  incarnation: number,
  seq: number,
  body: Buffer,
) => Uint8Array;

const envelopeHeadBytesMax =
  lengthBytes +
  fixedBytes +
  2 * numberBytes +
  utf8BytesMax * (2 * nameBytesMax + typeBytesMax) +
  stampBytes +
  2 +
  signatureBytes;
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
