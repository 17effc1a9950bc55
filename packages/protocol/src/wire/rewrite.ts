/**
 * A message as an untrusted link delivers it: with another body, or another source.
 *
 * The header says what the new body says where that is a body at all; what arrives malformed keeps
 * the header that it had. A forged source stands in `src`, and who really sent it in `sender`, which
 * no program sees: without it a recording could not distinguish messages.
 */
import { asBody } from './body.ts';
import { type Body, bodyBytesMax, typeBytesMax } from './envelope.ts';
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
} from './frame.ts';
import type { FrameReader } from './frame-reader.ts';
import { writeU48 } from './u48.ts';

/** A frame of one envelope: the reader's current one, changed. The body must not be too large. */
export function rewriteEnvelope(
  reader: FrameReader,
  { body, src }: { readonly body: Uint8Array; readonly src: string },
): Buffer {
  if (body.length > bodyBytesMax) throw new RangeError(`a body of ${body.length} bytes`);
  const { type, msgId, inReplyTo } = headOf(reader, body);
  const names = [src, reader.dest, type].map((name) => Buffer.from(name));
  const isForged = src !== reader.sender;
  if (isForged) {
    const sender = Buffer.from(reader.sender);
    names.push(Buffer.of(sender.length), sender);
  }
  const numbers = [msgId, inReplyTo].flatMap((number) => (number === null ? [] : [number]));
  // Stamps, vector and signature stand one behind the other; the signature will not fit any more.
  const { stampsAt, signatureAt, bodyAt } = reader;
  const from = [stampsAt, signatureAt, bodyAt].find((at) => at >= 0)!;
  const stamps = reader.buffer.subarray(from, bodyAt);

  const head = Buffer.alloc(
    frameHeadBytes + lengthBytes + fixedBytes + numberBytes * numbers.length,
  );
  const bytes = [...names, stamps, body].reduce((sum, { length }) => sum + length, head.length);
  head[0] = frameMark;
  head[1] = frameVersion;
  head.writeUInt32LE(bytes - frameHeadBytes - lengthBytes, frameHeadBytes);
  const fixed = frameHeadBytes + lengthBytes;
  head[fixed] =
    (inReplyTo === null ? 0 : flagReply) |
    (msgId === null ? 0 : flagRequest) |
    (reader.stampsAt < 0 ? 0 : flagStamps) |
    (reader.vectorAt < 0 ? 0 : flagVector) |
    (signatureAt < 0 ? 0 : flagSigned) |
    (isForged ? flagSender : 0);
  for (let i = 0; i < 3; i++) head[fixed + 1 + i] = names[i]!.length;
  head.writeUInt32LE(reader.incarnation, fixed + 4);
  writeU48(head, reader.seq, fixed + 8);
  numbers.forEach((number, i) => {
    head.writeDoubleLE(number, fixed + fixedBytes + i * numberBytes);
  });
  return Buffer.concat([head, ...names, stamps, body]);
}

interface Head {
  readonly type: string;
  /** null where there is none. */
  readonly msgId: number | null;
  readonly inReplyTo: number | null;
}

function headOf(reader: FrameReader, bytes: Uint8Array): Head {
  const body = bodyOrNull(bytes);
  if (body === null || Buffer.byteLength(body.type) > typeBytesMax) {
    const { type, isRequest, msgId, isReply, inReplyTo } = reader;
    return { type, msgId: isRequest ? msgId : null, inReplyTo: isReply ? inReplyTo : null };
  }
  return { type: body.type, msgId: body.msg_id ?? null, inReplyTo: body.in_reply_to ?? null };
}

function bodyOrNull(bytes: Uint8Array): Body | null {
  try {
    return asBody(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return null;
  }
}
