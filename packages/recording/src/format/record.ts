/**
 * The layout of the recording's binary files, and how records are written: `trace-N.bin` by the
 * router and `trace-NODE.INCARNATION[-N].bin` by the host of each node, appended to while the cluster
 * runs. All integers little-endian, all times true time in milliseconds.
 *
 *   file    "FLTRACE" version(2)  record…
 *   record  length u16            bytes of the record after this field
 *           kind u8
 *
 *   kind 1  a word: id u32, text (UTF-8). Names, message types and rule ids are words; a record
 *           refers to a word defined earlier in the same file.
 *   kind 2  a fate: fate u8, copy u16, flags u8, src u32, dest u32, type u32, rules u32 (words;
 *           0: none), incarnation u32, seq u48, bodyBytes u32, ordinal u48, arrivedMs f64, atMs f64,
 *           then, by the flags: 16 msgId f64 · 1 inReplyTo f64 · 2 stamps and 4 vector, as they
 *           are in the message's frame · 32 the body, to the end of the record.
 *           Flag 64: only the beginning of the body. Flag 8: the copy was altered on the way.
 *   kind 3  a link: state u8 (1 up, 0 down), name u32, incarnation u32, seq u48, atMs f64. On `up`, seq
 *           is the last number that the sender had used: messages between its last recorded one and
 *           this number never reached a router.
 *   kind 4  a start: atMs f64. A router process starts; whatever an earlier one had not finished was
 *           lost with it.
 *   kind 5  a rule: change u8 (0 added, 1 removed, 2 expired), atMs f64, installedAtMs f64 (NaN:
 *           unknown), expiresAtMs f64 (NaN: unknown, Infinity: never), idLength u16, id, and the rule
 *           as JSON, or nothing.
 *   kind 6  whose file it is: incarnation u32, atMs f64, name (UTF-8). Comes first in the files of a
 *           node, and all records of the file are that node's.
 *   kind 7  a reception: reception u8, flags u8 (4 vector), src u32 (word), incarnation u32, seq u48,
 *           stamps, vector. The stamps' trueMs is when it was.
 *   kind 8  a handler's end: outcome u8, src u32 (word), incarnation u32, seq u48, atMs f64, and what
 *           it threw (UTF-8), or nothing.
 *   kind 9  a local fact: flags u8 (4 vector, 8 data left out), stamps, vector, nameLength u16, name,
 *           data as JSON. The stamps' trueMs is when it was.
 *
 * `fate`, `change`, `reception` and `outcome` are indexes into the lists of `events.ts`, from 0.
 *
 * A record is written before the bytes that it describes or caused leave the process: a recording never
 * misses anything that had an effect. A crash may tear the last record of a file: a reader stops there.
 * A reader skips a record that is shorter than its kind requires, and a kind, fate, … added by a later
 * version.
 */
import {
  type Fate,
  fates,
  type HandlerOutcome,
  numbered,
  outcomes,
  type Reception,
  type RuleChange,
  receptions,
  ruleChanges,
  type StampsToWrite,
  stampBytes,
  vectorEntryBytesMax,
  writeStamps,
  writeU48,
  writeVector,
} from '@faultline/protocol';

export const traceMagic = Buffer.from('FLTRACE\x02', 'latin1');

const fateNumber = numbered(fates);
const changeNumber = numbered(ruleChanges);
const receptionNumber = numbered(receptions);
const outcomeNumber = numbered(outcomes);

export const recordWord = 1;
export const recordFate = 2;
export const recordLink = 3;
export const recordStart = 4;
export const recordRule = 5;
export const recordNode = 6;
export const recordReceive = 7;
export const recordHandled = 8;
export const recordLocal = 9;

export const flagReply = 1;
export const flagStamps = 2;
export const flagVector = 4;
export const flagAltered = 8;
export const flagRequest = 16;
export const flagBody = 32;
export const flagBodyCut = 64;
/** Of a local fact. */
export const flagLeftOut = 8;

const recordBytesMax = 0xffff;

export const fateFixedBytes = 1 + 1 + 2 + 1 + 4 * 4 + 4 + 6 + 4 + 6 + 8 + 8;
export const wordFixedBytes = 1 + 4;
export const ruleFixedBytes = 1 + 1 + 8 + 8 + 8 + 2;
export const nodeFixedBytes = 1 + 4 + 8;
export const receiveFixedBytes = 1 + 1 + 1 + 4 + 4 + 6 + stampBytes;
export const handledFixedBytes = 1 + 1 + 4 + 4 + 6 + 8;
export const localFixedBytes = 1 + 1 + stampBytes + 2;

/** One copy's fate as the router knows it; words as their ids. */
export interface FateToWrite {
  fate: Fate;
  copy: number;
  isReply: boolean;
  isRequest: boolean;
  /** The numbers of the body; read only if the two fields before say so. */
  msgId: number;
  inReplyTo: number;
  isAltered: boolean;
  src: number;
  dest: number;
  type: number;
  rules: number;
  incarnation: number;
  seq: number;
  bodyBytes: number;
  ordinal: number;
  arrivedMs: number;
  atMs: number;
  /** The bytes that hold stamps, vector and body as received, and their positions; -1 for none. */
  source: Buffer;
  stampsAt: number;
  vectorAt: number;
  bodyAt: number;
  /** The most of the body that is recorded; 0: nothing. */
  bodyBytesMax: number;
}

/** Space for the ids of all rules that can have touched one message. */
export const wordBytesMax = 8 * 1024;
/** A body's beginning may be this long, whatever else its record holds. */
export const tracedBodyBytesMax = 32 * 1024;

/** Space that a record may need; reserve it before writing. */
export function fateRecordBytesMax(record: FateToWrite): number {
  return (
    2 +
    fateFixedBytes +
    16 +
    stampBytes +
    (record.vectorAt < 0 ? 0 : 2 + record.source.readUInt16LE(record.vectorAt)) +
    Math.min(record.bodyBytes, record.bodyBytesMax)
  );
}

/** Returns where the record ends. */
export function writeFateRecord(buffer: Buffer, start: number, record: FateToWrite): number {
  let at = start + 2;
  buffer[at] = recordFate;
  buffer[at + 1] = fateNumber[record.fate];
  buffer.writeUInt16LE(record.copy, at + 2);
  const flagsAt = at + 4;
  let flags = record.isAltered ? flagAltered : 0;
  buffer.writeUInt32LE(record.src, at + 5);
  buffer.writeUInt32LE(record.dest, at + 9);
  buffer.writeUInt32LE(record.type, at + 13);
  buffer.writeUInt32LE(record.rules, at + 17);
  buffer.writeUInt32LE(record.incarnation, at + 21);
  writeU48(buffer, record.seq, at + 25);
  buffer.writeUInt32LE(record.bodyBytes, at + 31);
  writeU48(buffer, record.ordinal, at + 35);
  buffer.writeDoubleLE(record.arrivedMs, at + 41);
  buffer.writeDoubleLE(record.atMs, at + 49);
  at += fateFixedBytes;
  if (record.isRequest) {
    flags |= flagRequest;
    at = buffer.writeDoubleLE(record.msgId, at);
  }
  if (record.isReply) {
    flags |= flagReply;
    at = buffer.writeDoubleLE(record.inReplyTo, at);
  }
  const bodyBytes = tracedBytes(record);
  if (record.stampsAt >= 0) {
    flags |= flagStamps;
    let end = record.stampsAt + stampBytes;
    if (record.vectorAt >= 0) {
      const vectorEnd = record.vectorAt + 2 + record.source.readUInt16LE(record.vectorAt);
      // A record's length is 16 bits: a vector of thousands of nodes is omitted rather than torn.
      if (at + vectorEnd - record.stampsAt + bodyBytes - start - 2 <= recordBytesMax) {
        flags |= flagVector;
        end = vectorEnd;
      }
    }
    // The vector follows the stamps directly, in frames and in records: one copy takes both.
    at += record.source.copy(buffer, at, record.stampsAt, end);
  }
  if (bodyBytes > 0) {
    flags |= bodyBytes < record.bodyBytes ? flagBody | flagBodyCut : flagBody;
    at += record.source.copy(buffer, at, record.bodyAt, record.bodyAt + bodyBytes);
  }
  buffer[flagsAt] = flags;
  buffer.writeUInt16LE(at - start - 2, start);
  return at;
}

/** How much of the body is recorded: only whole characters. */
function tracedBytes({ bodyBytes, bodyBytesMax, bodyAt, source }: FateToWrite): number {
  if (bodyAt < 0 || bodyBytes <= bodyBytesMax) return bodyAt < 0 ? 0 : bodyBytes;
  let bytes = bodyBytesMax;
  while (bytes > 0 && (source[bodyAt + bytes]! & 0xc0) === 0x80) bytes--;
  return bytes;
}

export function writeWordRecord(buffer: Buffer, start: number, id: number, text: string): number {
  buffer[start + 2] = recordWord;
  buffer.writeUInt32LE(id, start + 3);
  const end = start + 7 + buffer.write(text, start + 7, wordBytesMax, 'utf8');
  buffer.writeUInt16LE(end - start - 2, start);
  return end;
}

export const linkRecordBytes = 2 + 1 + 1 + 4 + 4 + 6 + 8;

export function writeLinkRecord(
  buffer: Buffer,
  start: number,
  link: { up: boolean; name: number; incarnation: number; seq: number; atMs: number },
): number {
  buffer.writeUInt16LE(linkRecordBytes - 2, start);
  buffer[start + 2] = recordLink;
  buffer[start + 3] = link.up ? 1 : 0;
  buffer.writeUInt32LE(link.name, start + 4);
  buffer.writeUInt32LE(link.incarnation, start + 8);
  writeU48(buffer, link.seq, start + 12);
  buffer.writeDoubleLE(link.atMs, start + 18);
  return start + linkRecordBytes;
}

export const startRecordBytes = 2 + 1 + 8;

export function writeStartRecord(buffer: Buffer, start: number, atMs: number): number {
  buffer.writeUInt16LE(startRecordBytes - 2, start);
  buffer[start + 2] = recordStart;
  buffer.writeDoubleLE(atMs, start + 3);
  return start + startRecordBytes;
}

export interface RuleToWrite {
  readonly change: RuleChange;
  readonly id: string;
  readonly atMs: number;
  readonly spec?: object | undefined;
  readonly installedAtMs?: number | undefined;
  /** null: never. */
  readonly expiresAtMs?: number | null | undefined;
}

/** Space that a record of a rule, a node or a node's action may need. */
export function recordBytesMaxWith(stamps?: StampsToWrite): number {
  return 2 + recordBytesMax + vectorEntryBytesMax * (stamps?.vector?.size ?? 0);
}

/** A rule that is too large is recorded without its contents. */
export function writeRuleRecord(buffer: Buffer, start: number, rule: RuleToWrite): number {
  const { change, id, atMs, spec, installedAtMs = Number.NaN, expiresAtMs } = rule;
  buffer[start + 2] = recordRule;
  buffer[start + 3] = changeNumber[change];
  buffer.writeDoubleLE(atMs, start + 4);
  buffer.writeDoubleLE(installedAtMs, start + 12);
  buffer.writeDoubleLE(
    expiresAtMs === null ? Number.POSITIVE_INFINITY : (expiresAtMs ?? Number.NaN),
    start + 20,
  );
  let end = writeShortText(buffer, start + 28, id);
  if (spec !== undefined) end = writeJson(buffer, start, end, spec);
  buffer.writeUInt16LE(end - start - 2, start);
  return end;
}

/** The file belongs to a node. */
export function writeNodeRecord(
  buffer: Buffer,
  start: number,
  node: { readonly name: string; readonly incarnation: number; readonly atMs: number },
): number {
  buffer[start + 2] = recordNode;
  buffer.writeUInt32LE(node.incarnation, start + 3);
  buffer.writeDoubleLE(node.atMs, start + 7);
  const end = start + 15 + buffer.write(node.name, start + 15, wordBytesMax, 'utf8');
  buffer.writeUInt16LE(end - start - 2, start);
  return end;
}

/** `src` is a word. */
export function writeReceiveRecord(
  buffer: Buffer,
  start: number,
  did: Reception,
  src: number,
  incarnation: number,
  seq: number,
  stamps: StampsToWrite,
): number {
  buffer[start + 2] = recordReceive;
  buffer[start + 3] = receptionNumber[did];
  buffer.writeUInt32LE(src, start + 5);
  buffer.writeUInt32LE(incarnation, start + 9);
  writeU48(buffer, seq, start + 13);
  writeStamps(buffer, stamps, start + 19);
  const stampsEnd = start + 19 + stampBytes;
  const end = writeVectorIfFits(buffer, stampsEnd, stamps);
  buffer[start + 4] = end > stampsEnd ? flagVector : 0;
  buffer.writeUInt16LE(end - start - 2, start);
  return end;
}

export function writeHandledRecord(
  buffer: Buffer,
  start: number,
  outcome: HandlerOutcome,
  src: number,
  incarnation: number,
  seq: number,
  atMs: number,
  error = '',
): number {
  buffer[start + 2] = recordHandled;
  buffer[start + 3] = outcomeNumber[outcome];
  buffer.writeUInt32LE(src, start + 4);
  buffer.writeUInt32LE(incarnation, start + 8);
  writeU48(buffer, seq, start + 12);
  buffer.writeDoubleLE(atMs, start + 18);
  const end =
    error === '' ? start + 26 : start + 26 + buffer.write(error, start + 26, wordBytesMax, 'utf8');
  buffer.writeUInt16LE(end - start - 2, start);
  return end;
}

/** Data that is too large is omitted, and the record says so. */
export function writeLocalRecord(
  buffer: Buffer,
  start: number,
  name: string,
  data: object,
  stamps: StampsToWrite,
): number {
  buffer[start + 2] = recordLocal;
  writeStamps(buffer, stamps, start + 4);
  const stampsEnd = start + 4 + stampBytes;
  const vectorEnd = writeVectorIfFits(buffer, stampsEnd, stamps);
  const nameEnd = writeShortText(buffer, vectorEnd, name);
  const end = writeJson(buffer, start, nameEnd, data);
  buffer[start + 3] =
    (vectorEnd > stampsEnd ? flagVector : 0) | (end === nameEnd ? flagLeftOut : 0);
  buffer.writeUInt16LE(end - start - 2, start);
  return end;
}

/** A text after its length, cut to the maximum length of a word. */
function writeShortText(buffer: Buffer, at: number, text: string): number {
  const length = buffer.write(text, at + 2, wordBytesMax, 'utf8');
  buffer.writeUInt16LE(length, at);
  return at + 2 + length;
}

/** Returns `at` if it does not fit. */
function writeJson(buffer: Buffer, start: number, at: number, value: object): number {
  const json = JSON.stringify(value) ?? '{}';
  const room = recordBytesMax - (at - start - 2);
  return Buffer.byteLength(json) > room ? at : at + buffer.write(json, at, 'utf8');
}

/** A vector leaves space for the fields after it. */
const vectorBytesMax = 32 * 1024;

/** Returns `at` if there is no vector, or it is too large. */
function writeVectorIfFits(
  buffer: Buffer,
  at: number,
  { vector }: Pick<StampsToWrite, 'vector'>,
): number {
  if (vector === undefined) return at;
  const end = writeVector(buffer, vector, at + 2);
  if (end - at > vectorBytesMax) return at;
  buffer.writeUInt16LE(end - at - 2, at);
  return end;
}
