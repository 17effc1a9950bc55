/**
 * The message that nodes and clients exchange: Maelstrom's `{src, dest, body}`, with an optional
 * header of this project beside it.
 *
 * - The *body* has a `type`; a request carries `msg_id`, its answer repeats it as `in_reply_to`.
 * - The *header* is written by the sender's host, never by the program: the message id (sender,
 *   incarnation, sequence number) and what the sender's clocks read at the moment of sending.
 */

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

export interface Body {
  readonly type: string;
  readonly msg_id?: number;
  readonly in_reply_to?: number;
  readonly [key: string]: Json | undefined;
}

/** What the sender's clocks read when it sent the message. */
export interface Stamps {
  /** The sender's node time, milliseconds since 1970. */
  readonly wallMs: number;
  /** True time, milliseconds of the host's monotonic clock. */
  readonly trueMs: number;
  readonly lamport: number;
  /** Hybrid logical clock: physical part in milliseconds, and counter. */
  readonly hybridMs: number;
  readonly hybridCounter: number;
  /** Present where the run records vector clocks. */
  readonly vector?: Readonly<Record<string, number>>;
}

export interface Header {
  readonly incarnation: number;
  /** Counts the messages this incarnation sent, from 1. */
  readonly seq: number;
  readonly stamps?: Stamps;
}

export interface Envelope {
  readonly src: string;
  readonly dest: string;
  readonly body: Body;
  readonly header?: Header;
}

/** A body is refused above this many bytes of JSON. */
export const bodyBytesMax = 1024 * 1024;
/** A frame is refused above this many bytes: room for a batch and for one body of the largest size. */
export const frameBytesMax = 4 * 1024 * 1024;
/**
 * The highest number that a message may have. Far below what a frame can carry, so that a sender that counts
 * on from it never reaches that.
 */
export const seqMax = 2 ** 47;
/** Names travel behind one length byte, and stay readable in a table. */
export const nameBytesMax = 64;
export const typeBytesMax = 128;

/** The name of one message in a whole run, such as `n1.1.345`: sender, incarnation, sequence. */
export function messageId(src: string, incarnation: number, seq: number): string {
  return `${src}.${incarnation}.${seq}`;
}

/** The parts of what `messageId` returned. */
export function messageIdParts(id: string): { src: string; incarnation: number; seq: number } {
  const seqAt = id.lastIndexOf('.');
  const incarnationAt = id.lastIndexOf('.', seqAt - 1);
  return {
    src: id.slice(0, incarnationAt),
    incarnation: Number(id.slice(incarnationAt + 1, seqAt)),
    seq: Number(id.slice(seqAt + 1)),
  };
}

/** One copy of a message, as the recording and `held` name it: `n1.1.345`, and `n1.1.345/2` for a duplicate. */
export function copyId(id: string, copy: number): string {
  return copy === 0 ? id : `${id}/${copy}`;
}

/** Maelstrom's error codes. Codes below 1000 are reserved; a program's own start there. */
export const maelstromErrors = {
  timeout: 0,
  nodeNotFound: 1,
  notSupported: 10,
  temporarilyUnavailable: 11,
  malformedRequest: 12,
  crash: 13,
  abort: 14,
  keyDoesNotExist: 20,
  keyAlreadyExists: 21,
  preconditionFailed: 22,
  txnConflict: 30,
} as const;

const definite: ReadonlySet<number> = new Set(
  Object.values(maelstromErrors).filter(
    (code) => code !== maelstromErrors.timeout && code !== maelstromErrors.crash,
  ),
);

/**
 * Whether an error of this code means that the request certainly did not take effect. Timeout, crash
 * and every code that is not Maelstrom's leave it open.
 */
export function isDefiniteError(code: number): boolean {
  return definite.has(code);
}
