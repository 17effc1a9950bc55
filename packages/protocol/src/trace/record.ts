/**
 * The router's recording on disk: a run directory's `trace-N.bin`, appended to while the cluster
 * runs. All integers little-endian.
 *
 *   file    "FLTRACE" version(1)  record…
 *   record  length u16            bytes of the record after this field
 *           kind u8
 *
 *   kind 1  a word: id u32, text (UTF-8). Names, message types and rule ids are words; a record
 *           refers to a word that stands before it in the same file.
 *   kind 2  a fate: fate u8, copy u16, flags u8, src u32, dest u32, type u32, rules u32 (words;
 *           0: none), incarnation u32, seq u48, bodyBytes u32, ordinal u48, arrivedMs f64, atMs f64,
 *           then the stamps and the vector of the message as they stand in its frame.
 *   kind 3  a link: state u8 (1 up, 0 down), name u32, incarnation u32, seq u48, atMs f64. On `up`, seq
 *           is the last number that the sender had used: what lies between the last message seen of it
 *           and this one never reached a router.
 *   kind 4  a start: atMs f64. A router process begins; whatever an earlier one had not brought to an
 *           end went down with it.
 *
 * A record is written before the bytes it tells of leave the router, so that a recording never
 * claims less than happened. The last record of a file may be torn by a crash: a reader stops there.
 * A record that is shorter than its kind asks, and a kind or a fate that a later version added, are
 * passed over.
 */

import { messageId, type Stamps } from '../wire/envelope.ts';
import { findVectorEnd, readStamps, readU48, stampBytes, writeU48 } from '../wire/frame.ts';
import { NameCache } from '../wire/names.ts';

export const traceMagic = Buffer.from('FLTRACE\x01', 'latin1');

/**
 * What became of one copy of a message. `waiting` is the only one that is not an end: the copy lies
 * in the router, and another record follows unless the router dies first.
 */
export const fates = [
  'delivered',
  'lost',
  'cut',
  'held',
  'waiting',
  'overflow',
  'refused',
  'node down',
  'router down',
] as const;
export type Fate = (typeof fates)[number];
const fateNumber = Object.fromEntries(fates.map((fate, number) => [fate, number])) as Record<
  Fate,
  number
>;

export const recordWord = 1;
export const recordFate = 2;
export const recordLink = 3;
export const recordStart = 4;

const flagReply = 1;
const flagStamps = 2;
const flagVector = 4;

const fateFixedBytes = 1 + 1 + 2 + 1 + 4 * 4 + 4 + 6 + 4 + 6 + 8 + 8;
const wordFixedBytes = 1 + 4;

/** One copy's fate as the router knows it; words as their ids. */
export interface FateToWrite {
  fate: Fate;
  copy: number;
  isReply: boolean;
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
  /** The bytes that hold stamps and vector as they came, and where; -1 for none. */
  source: Buffer;
  stampsAt: number;
  vectorAt: number;
}

/** Room for the ids of every rule that can have touched one message. */
export const wordBytesMax = 8 * 1024;

/** Room that a record may need; ask for it before writing. */
export function fateRecordBytesMax(record: FateToWrite): number {
  return (
    2 +
    fateFixedBytes +
    stampBytes +
    (record.vectorAt < 0 ? 0 : 2 + record.source.readUInt16LE(record.vectorAt))
  );
}

/** Returns where the record ends. */
export function writeFateRecord(buffer: Buffer, start: number, record: FateToWrite): number {
  let at = start + 2;
  buffer[at] = recordFate;
  buffer[at + 1] = fateNumber[record.fate];
  buffer.writeUInt16LE(record.copy, at + 2);
  const flagsAt = at + 4;
  let flags = record.isReply ? flagReply : 0;
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
  if (record.stampsAt >= 0) {
    flags |= flagStamps;
    let end = record.stampsAt + stampBytes;
    if (record.vectorAt >= 0) {
      const vectorEnd = record.vectorAt + 2 + record.source.readUInt16LE(record.vectorAt);
      // A record's length is 16 bits: a vector of thousands of nodes is left out rather than torn.
      if (at + vectorEnd - record.stampsAt - start - 2 <= 0xffff) {
        flags |= flagVector;
        end = vectorEnd;
      }
    }
    // The vector stands right behind the stamps, in a frame as in a record: one copy takes both.
    at += record.source.copy(buffer, at, record.stampsAt, end);
  }
  buffer[flagsAt] = flags;
  buffer.writeUInt16LE(at - start - 2, start);
  return at;
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

export interface FateEvent {
  readonly kind: 'fate';
  /** Message id: sender, incarnation, sequence. */
  readonly id: string;
  readonly src: string;
  readonly dest: string;
  readonly type: string;
  readonly isReply: boolean;
  readonly incarnation: number;
  readonly seq: number;
  /** 0 for the original, 1… for duplicates. */
  readonly copy: number;
  readonly fate: Fate;
  /** Ids of the rules that touched the copy; the last one decided. */
  readonly rules: readonly string[];
  /** The how-manyeth message on its edge: what the rules' draws were a function of. */
  readonly ordinal: number;
  readonly bodyBytes: number;
  /** True time when the router got it, and when this fate came. */
  readonly arrivedMs: number;
  readonly atMs: number;
  readonly stamps?: Stamps;
}

export interface LinkEvent {
  readonly kind: 'link';
  readonly up: boolean;
  readonly name: string;
  readonly incarnation: number;
  readonly seq: number;
  readonly atMs: number;
}

export interface StartEvent {
  readonly kind: 'start';
  readonly atMs: number;
}

export type TraceEvent = FateEvent | LinkEvent | StartEvent;

/**
 * Reads a trace file piece by piece, also one that is still being written: feed it what has been
 * read, in order, and it returns the events that are complete.
 */
export class TraceReader {
  #rest = Buffer.alloc(0);
  #started = false;
  readonly #words = new Map<number, string>();
  readonly #names = new NameCache();

  /** Throws RangeError where the first bytes are not those of a trace file. */
  read(bytes: Buffer): TraceEvent[] {
    const buffer = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const events: TraceEvent[] = [];
    let start = 0;
    if (!this.#started) {
      const magic = buffer.subarray(0, traceMagic.length);
      if (!magic.equals(traceMagic.subarray(0, magic.length))) {
        throw new RangeError('not a trace file, or one of another version');
      }
      this.#started = magic.length === traceMagic.length;
      if (this.#started) start = traceMagic.length;
    }
    while (this.#started && start + 2 <= buffer.length) {
      const end = start + 2 + buffer.readUInt16LE(start);
      if (end > buffer.length) break;
      const event = this.#record(buffer, start + 2, end);
      if (event !== undefined) events.push(event);
      start = end;
    }
    this.#rest = Buffer.from(buffer.subarray(start));
    return events;
  }

  #record(buffer: Buffer, at: number, end: number): TraceEvent | undefined {
    const bytes = end - at;
    switch (buffer[at]) {
      case recordWord:
        if (bytes < wordFixedBytes) return undefined;
        this.#words.set(
          buffer.readUInt32LE(at + 1),
          buffer.toString('utf8', at + wordFixedBytes, end),
        );
        return undefined;
      case recordFate:
        return bytes < fateFixedBytes ? undefined : this.#fate(buffer, at, end);
      case recordLink:
        if (bytes < linkRecordBytes - 2) return undefined;
        return {
          kind: 'link',
          up: buffer[at + 1] === 1,
          name: this.#word(buffer.readUInt32LE(at + 2)),
          incarnation: buffer.readUInt32LE(at + 6),
          seq: readU48(buffer, at + 10),
          atMs: buffer.readDoubleLE(at + 16),
        };
      case recordStart:
        if (bytes < startRecordBytes - 2) return undefined;
        return { kind: 'start', atMs: buffer.readDoubleLE(at + 1) };
      default:
        return undefined;
    }
  }

  #fate(buffer: Buffer, at: number, end: number): FateEvent | undefined {
    const fate = fates[buffer[at + 1]!];
    if (fate === undefined) return undefined;
    const flags = buffer[at + 4]!;
    const src = this.#word(buffer.readUInt32LE(at + 5));
    const incarnation = buffer.readUInt32LE(at + 21);
    const seq = readU48(buffer, at + 25);
    const rules = this.#word(buffer.readUInt32LE(at + 17));
    const stamps = (flags & flagStamps) === 0 ? undefined : this.#stamps(buffer, at, end, flags);
    return {
      kind: 'fate',
      id: messageId(src, incarnation, seq),
      src,
      dest: this.#word(buffer.readUInt32LE(at + 9)),
      type: this.#word(buffer.readUInt32LE(at + 13)),
      isReply: (flags & flagReply) !== 0,
      incarnation,
      seq,
      copy: buffer.readUInt16LE(at + 2),
      fate,
      rules: rules === '' ? [] : rules.split(','),
      ordinal: readU48(buffer, at + 35),
      bodyBytes: buffer.readUInt32LE(at + 31),
      arrivedMs: buffer.readDoubleLE(at + 41),
      atMs: buffer.readDoubleLE(at + 49),
      ...(stamps === undefined ? {} : { stamps }),
    };
  }

  #stamps(buffer: Buffer, at: number, end: number, flags: number): Stamps | undefined {
    const stampsAt = at + fateFixedBytes;
    const vectorAt = stampsAt + stampBytes;
    if (vectorAt > end) return undefined;
    const hasVector = (flags & flagVector) !== 0 && findVectorEnd(buffer, vectorAt, end) > 0;
    return readStamps(buffer, stampsAt, hasVector ? vectorAt : -1, this.#names);
  }

  #word(id: number): string {
    return id === 0 ? '' : (this.#words.get(id) ?? `?${id}`);
  }
}
