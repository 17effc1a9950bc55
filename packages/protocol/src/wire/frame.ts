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
 *             signature         if flag 32: 32 bytes, HMAC-SHA-256 (link/src/signatures.ts)
 *             body              the rest: JSON, UTF-8
 *
 * A router reads what stands before the body and copies the rest as it is: no body is parsed on the
 * way. Reading never trusts a length: whatever the bytes are, it ends in an envelope or in BAD_FRAME,
 * and allocates no more than the frame is long.
 */

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
export const signatureBytes = 32;
