/** Recordings made up by chance, and the events that have to be read from them. */
import fc from 'fast-check';
import {
  type Fate,
  FrameReader,
  FrameWriter,
  fateRecordBytesMax,
  fates,
  linkRecordBytes,
  startRecordBytes,
  type TraceEvent,
  traceMagic,
  wordBytesMax,
  writeFateRecord,
  writeLinkRecord,
  writeStartRecord,
  writeWordRecord,
} from '../../src/index.ts';
import { append, type Message, message, name } from '../wire/arbitraries.ts';

const time = fc.double({ noNaN: true });

export type Entry =
  | { kind: 'start'; atMs: number }
  | {
      kind: 'link';
      up: boolean;
      name: string;
      incarnation: number;
      seq: number;
      atMs: number;
    }
  | {
      kind: 'fate';
      fate: Fate;
      copy: number;
      isReply: boolean;
      rules: string[];
      ordinal: number;
      arrivedMs: number;
      atMs: number;
      message: Message;
    };

const u48 = fc.maxSafeNat().map((n) => n % 2 ** 48);

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), atMs: time }),
  fc.record({
    kind: fc.constant('link' as const),
    up: fc.boolean(),
    name,
    incarnation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    seq: u48,
    atMs: time,
  }),
  fc.record({
    kind: fc.constant('fate' as const),
    fate: fc.constantFrom(...fates),
    copy: fc.nat({ max: 2 ** 16 - 1 }),
    isReply: fc.boolean(),
    rules: fc.array(
      fc.integer({ min: 1, max: 9999 }).map((n) => `r${n}`),
      { maxLength: 5 },
    ),
    ordinal: u48,
    arrivedMs: time,
    atMs: time,
    message,
  }),
);

export const entries = fc.array(entry, { maxLength: 8 });

export interface Recording {
  readonly bytes: Buffer;
  readonly events: readonly TraceEvent[];
  /** Where each event's record ends: a file cut before that does not tell of it. */
  readonly ends: readonly number[];
}

/** Writes the entries as a router does: each message is read from its frame and recorded. */
export function record(entries: readonly Entry[]): Recording {
  const pieces: Buffer[] = [traceMagic];
  const events: TraceEvent[] = [];
  const ends: number[] = [];
  const words = new Map<string, number>();
  let length = traceMagic.length;

  const put = (bytesMax: number, write: (buffer: Buffer) => number): void => {
    const buffer = Buffer.alloc(bytesMax);
    const piece = buffer.subarray(0, write(buffer));
    pieces.push(piece);
    length += piece.length;
  };
  const word = (text: string): number => {
    if (text === '') return 0;
    const known = words.get(text);
    if (known !== undefined) return known;
    const id = words.size + 1;
    words.set(text, id);
    put(7 + wordBytesMax, (buffer) => writeWordRecord(buffer, 0, id, text));
    return id;
  };

  for (const entry of entries) {
    if (entry.kind === 'start') {
      put(startRecordBytes, (buffer) => writeStartRecord(buffer, 0, entry.atMs));
      events.push(entry);
    } else if (entry.kind === 'link') {
      const id = word(entry.name);
      put(linkRecordBytes, (buffer) => writeLinkRecord(buffer, 0, { ...entry, name: id }));
      events.push(entry);
    } else {
      const { message, rules, kind, ...rest } = entry;
      const { src, dest, incarnation, seq } = message;
      const { type } = message.body;
      const writer = new FrameWriter();
      append(writer, message);
      const reader = new FrameReader();
      reader.open(writer.take());
      reader.next();
      const { bodyBytes, buffer: source, stampsAt, vectorAt } = reader;
      const fate = {
        ...rest,
        src: word(src),
        dest: word(dest),
        type: word(type),
        rules: word(rules.join(',')),
        incarnation,
        seq,
        bodyBytes,
        source,
        stampsAt,
        vectorAt,
      };
      put(fateRecordBytesMax(fate), (buffer) => writeFateRecord(buffer, 0, fate));
      const stamps = reader.stamps();
      const id = `${src}.${incarnation}.${seq}`;
      events.push({
        ...rest,
        ...{ kind, id, src, dest, type, rules, incarnation, seq, bodyBytes },
        ...(stamps === undefined ? {} : { stamps }),
      });
    }
    ends.push(length);
  }
  return { bytes: Buffer.concat(pieces), events, ends };
}
