import { type FateEvent, fates, type TraceEvent } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { TraceReader } from '../../src/format/reader.ts';
import {
  fateRecordBytesMax,
  traceMagic,
  wordBytesMax,
  writeFateRecord,
  writeLinkRecord,
  writeStartRecord,
  writeWordRecord,
} from '../../src/format/record.ts';
import { entries, record } from './recording.ts';

function readPieces(bytes: Buffer, lengths: readonly number[]): TraceEvent[] {
  const reader = new TraceReader();
  const events: TraceEvent[] = [];
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const end = at + (lengths[piece % lengths.length] ?? bytes.length);
    // The reader gets its own buffer that is overwritten later, like a read buffer.
    const own = Buffer.from(bytes.subarray(at, end));
    events.push(...reader.read(own));
    own.fill(0xff);
    at = end;
  }
  return events;
}

const read = (bytes: Buffer): TraceEvent[] => readPieces(bytes, []);

test('a reader returns every recorded event', () => {
  fc.assert(
    fc.property(entries, (entries) => {
      const { bytes, events } = record(entries);
      expect(read(bytes)).toEqual(events);
    }),
  );
});

test('a file yields the same events whatever the chunks in which it is read', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(entries, lengths, (entries, lengths) => {
      const { bytes, events } = record(entries);
      expect(readPieces(bytes, lengths)).toEqual(events);
      expect(readPieces(bytes, [1])).toEqual(events);
    }),
    { numRuns: draws(50) },
  );
});

test('a recording torn at any byte yields all complete records before it', () => {
  fc.assert(
    fc.property(entries, (entries) => {
      const { bytes, events, ends } = record(entries);
      for (let end = 0; end <= bytes.length; end++) {
        const whole = ends.filter((each) => each <= end).length;
        expect(read(bytes.subarray(0, end))).toEqual(events.slice(0, whole));
      }
    }),
    { numRuns: draws(20) },
  );
});

test('a growing file keeps yielding events', () => {
  const reader = new TraceReader();
  const { bytes, events, ends } = record([
    { kind: 'start', atMs: 1 },
    { kind: 'link', up: true, name: 'n1', incarnation: 1, seq: 0, atMs: 2 },
  ]);
  expect(reader.read(bytes.subarray(0, ends[0]! + 5))).toEqual([events[0]]);
  expect(reader.read(Buffer.alloc(0))).toEqual([]);
  expect(reader.read(bytes.subarray(ends[0]! + 5))).toEqual([events[1]]);
});

describe('unknown and damaged records', () => {
  const foreign = fc
    .record({
      kind: fc.integer({ min: 10, max: 255 }),
      bytes: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ kind, bytes }) => {
      const head = Buffer.from([0, 0, kind]);
      head.writeUInt16LE(bytes.length + 1);
      return Buffer.concat([head, bytes]);
    });

  test('records of a later version are skipped', () => {
    fc.assert(
      fc.property(entries, foreign, foreign, (entries, one, two) => {
        const { bytes, events } = record(entries);
        const from = traceMagic.length;
        const mixed = Buffer.concat([bytes.subarray(0, from), one, bytes.subarray(from), two]);
        expect(read(mixed)).toEqual(events);
      }),
      { numRuns: draws(50) },
    );
  });

  test('a fate of a later version is not mistaken for another', () => {
    const buffer = Buffer.alloc(200);
    const end = writeFateRecord(buffer, 0, plainFate);
    buffer[3] = fates.length;
    expect(read(Buffer.concat([traceMagic, buffer.subarray(0, end)]))).toEqual([]);
  });

  test('records shorter than their kind requires are skipped', () => {
    const { bytes, events } = record([{ kind: 'start', atMs: 1 }]);
    const shortest = [9, 5, 57, 24, 9, 28, 13, 49, 24, 36, 9];
    for (let kind = 0; kind < shortest.length; kind++) {
      for (let length = 0; length < shortest[kind]!; length++) {
        const short = Buffer.alloc(2 + length, 1);
        short.writeUInt16LE(length);
        if (length > 0) short[2] = kind;
        const mixed = [traceMagic, short, bytes.subarray(traceMagic.length)];
        expect(read(Buffer.concat(mixed))).toEqual(events);
      }
    }
  });

  test('stamps and vectors that do not fit into their record are omitted', () => {
    const source = Buffer.alloc(32 + 2 + 9);
    source.writeDoubleLE(42, 0);
    source.writeUInt16LE(9, 32);
    source[34] = 2;
    const buffer = Buffer.alloc(200);
    const end = writeFateRecord(buffer, 0, { ...plainFate, source, stampsAt: 0, vectorAt: 32 });
    const seen = [end, end - 1, end - 11, end - 12, end - 43].map((cut) => {
      buffer.writeUInt16LE(cut - 2, 0);
      const [event] = read(Buffer.concat([traceMagic, buffer.subarray(0, cut)])) as FateEvent[];
      return [event?.stamps?.wallMs, event?.stamps?.vector === undefined];
    });
    expect(seen).toEqual([
      [42, false],
      [42, true],
      [42, true],
      [undefined, true],
      [undefined, true],
    ]);
  });

  test('no bytes after the header make it fail', () => {
    fc.assert(
      fc.property(
        entries,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 200 }),
        (entries, damages, tail) => {
          const bytes = Buffer.concat([record(entries).bytes, tail]);
          for (const [at, value] of damages) {
            const place = traceMagic.length + (at % bytes.length);
            if (place < bytes.length) bytes[place] = value;
          }
          expect(Array.isArray(read(bytes))).toBe(true);
        },
      ),
      { numRuns: draws(200) },
    );
  });

  test('a file that is not a recording, or of another version, is rejected at its first wrong byte', () => {
    for (const text of ['GARBAGE', 'FLTRACE\x01', 'FLX']) {
      expect(() => read(Buffer.from(text, 'latin1'))).toThrow(RangeError);
    }
    expect(read(Buffer.from('FLTRACE'))).toEqual([]);
  });

  test('a missing word is shown as its number', () => {
    const buffer = Buffer.alloc(200);
    const end = writeFateRecord(buffer, 0, { ...plainFate, src: 7 });
    const [event] = read(Buffer.concat([traceMagic, buffer.subarray(0, end)]));
    expect(event).toMatchObject({ src: '?7', id: '?7.1.1' });
  });
});

const plainFate = {
  fate: 'delivered' as const,
  copy: 0,
  isReply: false,
  isRequest: false,
  msgId: -1,
  inReplyTo: -1,
  isAltered: false,
  src: 0,
  dest: 0,
  type: 0,
  rules: 0,
  incarnation: 1,
  seq: 1,
  bodyBytes: 0,
  ordinal: 0,
  arrivedMs: 0,
  atMs: 0,
  source: Buffer.alloc(0),
  stampsAt: -1,
  vectorAt: -1,
  bodyAt: -1,
  bodyBytesMax: 0,
};

describe('sizes', () => {
  test('numbers of the largest size fit', () => {
    const large = {
      ...plainFate,
      copy: 2 ** 16 - 1,
      incarnation: 2 ** 32 - 1,
      seq: 2 ** 48 - 1,
      ordinal: 2 ** 48 - 1,
      bodyBytes: 2 ** 32 - 1,
    };
    const buffer = Buffer.alloc(fateRecordBytesMax(large));
    const end = writeFateRecord(buffer, 0, large);
    const [event] = read(Buffer.concat([traceMagic, buffer.subarray(0, end)]));
    const { copy, incarnation, seq, ordinal, bodyBytes } = event as FateEvent;
    expect({ copy, incarnation, seq, ordinal, bodyBytes }).toEqual({
      copy: large.copy,
      incarnation: large.incarnation,
      seq: large.seq,
      ordinal: large.ordinal,
      bodyBytes: large.bodyBytes,
    });
  });

  test('a vector that does not fit into a record is omitted, and the stamps are kept', () => {
    const source = Buffer.alloc(32 + 2 + 0xffff);
    source.writeDoubleLE(42, 0);
    source.writeUInt16LE(0xffff, 32);
    const large = { ...plainFate, source, stampsAt: 0, vectorAt: 32 };
    const buffer = Buffer.alloc(fateRecordBytesMax(large));
    const end = writeFateRecord(buffer, 0, large);
    const [event] = read(Buffer.concat([traceMagic, buffer.subarray(0, end)]));
    expect(event).toMatchObject({ stamps: { wallMs: 42 } });
    expect((event as FateEvent).stamps).not.toHaveProperty('vector');
  });

  test('a word that is too long is cut between two characters', () => {
    const text = 'é'.repeat(wordBytesMax);
    const buffer = Buffer.alloc(7 + wordBytesMax + 200);
    const word = writeWordRecord(buffer, 0, 1, `a${text}`);
    const end = writeFateRecord(buffer, word, { ...plainFate, src: 1 });
    const [event] = read(Buffer.concat([traceMagic, buffer.subarray(0, end)]));
    expect((event as FateEvent).src).toBe(`a${text.slice(0, wordBytesMax / 2 - 1)}`);
  });

  test('records may be written anywhere in a buffer', () => {
    const buffer = Buffer.alloc(100);
    let end = writeStartRecord(buffer, 10, 5);
    end = writeLinkRecord(buffer, end, { up: false, name: 0, incarnation: 3, seq: 4, atMs: 6 });
    expect(read(Buffer.concat([traceMagic, buffer.subarray(10, end)]))).toEqual([
      { kind: 'start', atMs: 5 },
      { kind: 'link', up: false, name: '', incarnation: 3, seq: 4, atMs: 6 },
    ]);
  });
});
