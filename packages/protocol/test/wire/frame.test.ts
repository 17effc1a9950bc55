import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import {
  type Body,
  bodyBytesMax,
  FaultlineError,
  FrameReader,
  FrameWriter,
  frameBytesMax,
  nameBytesMax,
  typeBytesMax,
} from '../../src/index.ts';
import { append, entriesOf, expected, type Message, message, messages } from './arbitraries.ts';

const echo: Body = { type: 'echo', msg_id: 1 };
const plainStamps = { wallMs: 1, trueMs: 2, lamport: 3, hybridMs: 4, hybridCounter: 5 };

function frameOf(...sent: readonly Message[]): Buffer {
  const writer = new FrameWriter();
  for (const each of sent) append(writer, each);
  return writer.take();
}

/** One message from n1 to n2. */
function frameWith(body: Body, stamps?: Message['stamps']): Buffer {
  return frameOf({ src: 'n1', dest: 'n2', body, incarnation: 1, seq: 1, stamps });
}

/** Every field of the envelope that the reader stands on, in the form of `expected`. */
function readOut(reader: FrameReader): unknown {
  const { src, dest, body, header } = reader.envelope();
  const { incarnation, seq, stamps } = header!;
  const json = JSON.stringify(body);
  if (stamps === undefined) return { src, dest, json, incarnation, seq };
  const { vector, ...numbers } = stamps;
  if (vector === undefined) return { src, dest, json, incarnation, seq, stamps: numbers };
  const entries: [string, number][] = [];
  reader.eachVectorEntry((id, count) => entries.push([id, count]));
  expect({ ...vector }).toEqual({ ...Object.fromEntries(entries) });
  return { src, dest, json, incarnation, seq, stamps: numbers, entries };
}

function readAll(frame: Buffer, reader = new FrameReader()): unknown[] {
  const all: unknown[] = [];
  reader.open(frame);
  while (reader.next()) all.push(readOut(reader));
  return all;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FaultlineError) return error.code;
    throw error;
  }
  return 'none';
}

describe('what is written is read', () => {
  test('every envelope of a batch comes out as it went in', () => {
    fc.assert(
      fc.property(messages, (sent) => {
        expect(readAll(frameOf(...sent))).toEqual(sent.map(expected));
      }),
    );
  });

  test('the header distinguishes requests from replies, and shows the stamps without reading the body', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const reader = new FrameReader();
        reader.open(frameOf(sent));
        expect(reader.next()).toBe(true);
        const { body, stamps } = sent;
        expect(reader.type).toBe(body.type);
        expect(reader.isRequest).toBe(body.msg_id !== undefined);
        expect(reader.isReply).toBe(body.in_reply_to !== undefined);
        expect(reader.msgId).toBe(body.msg_id ?? -1);
        expect(reader.inReplyTo).toBe(body.in_reply_to ?? -1);
        expect(reader.bodyBytes).toBe(Buffer.byteLength(JSON.stringify(body)));
        expect(reader.stampsAt >= 0).toBe(stamps !== undefined);
        if (stamps === undefined) return;
        const { lamport, hybridMs, hybridCounter } = reader;
        expect({ lamport, hybridMs, hybridCounter }).toEqual({
          lamport: stamps.lamport,
          hybridMs: stamps.hybridMs,
          hybridCounter: stamps.hybridCounter,
        });
      }),
    );
  });

  test('envelopes forwarded as bytes, in runs of any length, are unchanged', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 3 })), (sent, lengths) => {
        const frame = frameOf(...sent);
        const reader = new FrameReader();
        const edges: number[] = [];
        reader.open(frame);
        while (reader.next()) edges.push(reader.start);
        edges.push(frame.length);
        const passedOn = new FrameWriter();
        for (let first = 0; first < sent.length; ) {
          const count = Math.min(lengths.shift() ?? 1, sent.length - first);
          passedOn.appendEncoded(frame, edges[first]!, edges[first + count]!, count);
          first += count;
        }
        expect(passedOn.count).toBe(sent.length);
        expect(passedOn.take()).toEqual(frame);
      }),
    );
  });

  test('a reader may go from frame to frame', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 3 }), (batches) => {
        const reader = new FrameReader();
        for (const sent of batches) {
          expect(readAll(frameOf(...sent), reader)).toEqual(sent.map(expected));
        }
      }),
    );
  });

  test('a body and names of the largest size pass, counted in bytes', () => {
    const room = bodyBytesMax - Buffer.byteLength(JSON.stringify({ type: 'x', text: '' }));
    const sent: Message = {
      src: 'é'.repeat(nameBytesMax / 2),
      dest: 'd'.repeat(nameBytesMax),
      body: { type: 'x', text: '€'.repeat(Math.floor(room / 3)) + 'a'.repeat(room % 3) },
      incarnation: 1,
      seq: 1,
      stamps: undefined,
    };
    const frame = frameOf(sent);
    expect(frame.length).toBeLessThan(frameBytesMax);
    expect(readAll(frame)).toEqual([expected(sent)]);
    const type = 't'.repeat(typeBytesMax);
    expect(readAll(frameWith({ type }))).toMatchObject([{ json: JSON.stringify({ type }) }]);
  });

  test('a vector that does not fit into its length field is omitted, and the message passes', () => {
    const long = entriesOf(
      Array.from({ length: 1000 }, (_, i) => [String(i).padStart(nameBytesMax, 'n'), i]),
    );
    expect(readAll(frameWith(echo, { ...plainStamps, vector: long }))).toMatchObject([
      { json: JSON.stringify(echo), stamps: plainStamps },
    ]);
  });

  test('an id of null, as many libraries write it, counts as absent', () => {
    const nulls = { type: 'echo', msg_id: null, in_reply_to: null } as unknown as Body;
    const reader = new FrameReader();
    reader.open(frameWith(nulls));
    reader.next();
    expect(reader.isRequest).toBe(false);
    expect(reader.isReply).toBe(false);
    expect(reader.body()).toEqual({ type: 'echo' });
  });
});

describe('a writer', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const circular: Record<string, unknown> = { type: 'x' };
  circular.self = circular;
  const tooLong = 'x'.repeat(nameBytesMax + 1);
  const manyBytes = 'é'.repeat(nameBytesMax / 2 + 1);

  test.each<[string, string, string, unknown]>([
    ['BODY_TOO_LARGE', 'a body over the limit', 'n2', { type: 'x', a: 'a'.repeat(bodyBytesMax) }],
    [
      'BODY_TOO_LARGE',
      'a body over the limit in bytes alone',
      'n2',
      { type: 'x', a: '€'.repeat(bodyBytesMax / 2) },
    ],
    ['BAD_REQUEST', 'a name that is too long', tooLong, { type: 'x' }],
    ['BAD_REQUEST', 'a name of too many bytes', manyBytes, { type: 'x' }],
    ['BAD_REQUEST', 'a name that could fill a chunk', 'x'.repeat(1e6), { type: 'x' }],
    ['BAD_REQUEST', 'an empty name', '', { type: 'x' }],
    ['BAD_REQUEST', 'a type that is too long', 'n2', { type: 'x'.repeat(typeBytesMax + 1) }],
    ['BAD_REQUEST', 'an empty type', 'n2', { type: '' }],
    ['BAD_REQUEST', 'no type', 'n2', {}],
    ['BAD_REQUEST', 'a type that is not a string', 'n2', { type: deep }],
    ['BAD_REQUEST', 'no body', 'n2', undefined],
    ['BAD_REQUEST', 'an id that is no integer', 'n2', { type: 'x', msg_id: '1' }],
    ['BAD_REQUEST', 'an answer to no integer', 'n2', { type: 'x', in_reply_to: 0.5 }],
    ['BAD_REQUEST', 'a number that JSON does not know', 'n2', { type: 'x', n: 1n }],
    ['BAD_REQUEST', 'a body that contains itself', 'n2', circular],
    ['BAD_REQUEST', 'a body too deep to write', 'n2', { type: 'x', deep }],
  ])('answers %s to %s, and the batch is as it was', (code, _, dest, body) => {
    for (const before of [0, 1, 3]) {
      const writer = new FrameWriter();
      const untouched = new FrameWriter();
      const add = (to: FrameWriter): void => to.append('n1', 'n2', echo, 1, 1);
      for (let i = 0; i < before; i++) for (const each of [writer, untouched]) add(each);
      expect(codeOf(() => writer.append('n1', dest, body as Body, 1, 1))).toBe(code);
      expect([writer.count, writer.bytes]).toEqual([untouched.count, untouched.bytes]);
      for (const each of [writer, untouched]) add(each);
      expect(writer.take()).toEqual(untouched.take());
    }
  });

  test('reports in few words what was wrong, however large the input', () => {
    const writer = new FrameWriter();
    const huge = 'x'.repeat(500_000);
    for (const run of [
      () => writer.append('n1', huge, echo, 1, 1),
      () => writer.append('n1', 'n2', { type: huge }, 1, 1),
      () => writer.append('n1', 'n2', { type: 'x', msg_id: huge } as unknown as Body, 1, 1),
    ]) {
      expect(run).toThrow(/^.{20,250}$/);
    }
  });

  test('never modifies a frame that it has returned', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: message },
      { weight: 2, arbitrary: fc.constantFrom('take', 'large', 'refused') },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const writer = new FrameWriter();
        const handedOut: { frame: Buffer; copy: Buffer }[] = [];
        for (const each of steps) {
          if (each === 'take') {
            const frame = writer.take();
            handedOut.push({ frame, copy: Buffer.from(frame) });
          } else if (each === 'large') {
            writer.append('n1', 'n2', { type: 'x', text: 'x'.repeat(100_000) }, 1, 1);
          } else if (each === 'refused') {
            codeOf(() => writer.append('n1', 'n'.repeat(65), echo, 1, 1));
          } else append(writer, each);
        }
        writer.append('n1', 'n2', echo, 1, 1);
        writer.take().fill(0);
        for (const { frame, copy } of handedOut) expect(frame.equals(copy)).toBe(true);
      }),
    );
  });
});

describe('a reader of anything', () => {
  /** Reads on to the end or to the error; returns the error's code. Other errors are not caught. */
  function survey(frame: Buffer): string {
    const reader = new FrameReader();
    return codeOf(() => {
      reader.open(frame);
      for (let last = 2; reader.next(); last = reader.end) {
        // The envelopes lie side by side in the frame, so that no length can ask for more than it has.
        expect(reader.start).toBe(last);
        expect(reader.end).toBeGreaterThan(reader.bodyAt - 1);
        expect(reader.end).toBeLessThanOrEqual(frame.length);
        const names = reader.src.length + reader.dest.length + reader.type.length;
        expect(names).toBeLessThanOrEqual(reader.bodyAt - reader.start);
        let entries = 0;
        reader.eachVectorEntry(() => entries++);
        expect(entries * 8).toBeLessThanOrEqual(reader.end - reader.start);
        reader.stamps();
        codeOf(() => reader.body());
      }
    });
  }

  const envelopesOrBadFrame = ['none', 'BAD_FRAME'];

  test('returns envelopes or throws BAD_FRAME for any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, (frame) => {
        expect(envelopesOrBadFrame).toContain(survey(frame));
        const behindHead = Buffer.concat([Buffer.from([0xfa, 1]), frame]);
        expect(envelopesOrBadFrame).toContain(survey(behindHead));
      }),
      { numRuns: draws(300) },
    );
  });

  const damage = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('flip a bit', 'cut', 'insert', 'a length', 'another length'),
    value: fc.nat({ max: 255 }),
  });

  test('returns envelopes or throws BAD_FRAME, wherever a frame is damaged', () => {
    fc.assert(
      fc.property(messages, fc.array(damage, { minLength: 1, maxLength: 4 }), (sent, damages) => {
        let frame = Buffer.from(frameOf(...sent));
        for (const { at, how, value } of damages) {
          const place = frame.length === 0 ? 0 : at % frame.length;
          if (how === 'cut') frame = frame.subarray(0, place);
          else if (how === 'insert') {
            frame = Buffer.concat([
              frame.subarray(0, place),
              Buffer.from([value]),
              frame.subarray(place),
            ]);
          } else if (how === 'flip a bit') frame[place]! ^= 1 << (value & 7);
          else if (frame.length >= 12) {
            // The first envelope's own length, or one of those of its names.
            if (how === 'a length') frame.writeUInt32LE(0xffffff00 + value, 2);
            else frame[7 + (value % 3)] = value;
          }
        }
        expect(envelopesOrBadFrame).toContain(survey(frame));
      }),
      { numRuns: draws(300) },
    );
  });

  test('checks every length in an envelope', () => {
    const plain = frameWith(echo);
    const stamped = frameWith(echo, { ...plainStamps, vector: entriesOf([['n1', 1]]) });
    const names: [at: number, bytes: number][] = [
      [7, 1],
      [8, 1],
      [9, 1],
    ];
    const vectorAt = 2 + 4 + 14 + 8 + 'n1n2echo'.length + 32;
    const others: [at: number, bytes: number][] = [
      [2, 4],
      [vectorAt, 2],
      [vectorAt + 2, 1],
    ];
    const everyValue = (bytes: number): number[] => [
      ...Array(bytes === 1 ? 256 : 2000).keys(),
      2 ** (8 * bytes) - 1,
    ];
    const codesOf = (frame: Buffer, [at, bytes]: [number, number]): [number, string][] =>
      everyValue(bytes).map((value) => {
        const fooled = Buffer.from(frame);
        fooled.writeUIntLE(value, at, bytes);
        return [value, survey(fooled)];
      });
    // A name that is longer or shorter may leave an envelope.
    for (const frame of [plain, stamped]) {
      for (const length of names) {
        for (const [, code] of codesOf(frame, length)) expect(envelopesOrBadFrame).toContain(code);
      }
    }
    for (const length of others) {
      const real = stamped.readUIntLE(...length);
      const fine = codesOf(stamped, length).filter(([, code]) => code === 'none');
      // A vector of no entries is one; what follows then belongs to the body, which is no JSON.
      const values = length[0] === vectorAt ? [0, real] : [real];
      expect(fine.map(([value]) => value)).toEqual(values);
    }
    for (let end = 1; end < stamped.length; end++) {
      expect(survey(stamped.subarray(0, end))).toBe(end === 2 ? 'none' : 'BAD_FRAME');
    }
  });

  /** A frame whose one envelope has a vector of these bytes, and nothing as its body. */
  function frameWithVector(vector: Buffer, behind = Buffer.alloc(0)): Buffer {
    const frame = frameWith(echo, { ...plainStamps, vector: entriesOf([]) });
    const vectorAt = 2 + 4 + 14 + 8 + 'n1n2echo'.length + 32;
    const envelope = Buffer.concat([frame.subarray(0, vectorAt), vector]);
    envelope.writeUInt32LE(envelope.length - 6, 2);
    return Buffer.concat([envelope, behind]);
  }

  test('rejects a vector that reaches beyond its envelope, even if entries follow', () => {
    const entry = Buffer.from([2, 0x6e, 0x31, 1, 0, 0, 0, 0, 0]);
    expect(survey(frameWithVector(Buffer.concat([Buffer.from([9, 0]), entry])))).toBe('none');
    expect(survey(frameWithVector(Buffer.from([9, 0]), entry))).toBe('BAD_FRAME');
  });

  test('rejects a vector with a name that a writer would not write', () => {
    for (const [length, code] of [
      [0, 'BAD_FRAME'],
      [1, 'none'],
      [nameBytesMax, 'none'],
      [nameBytesMax + 1, 'BAD_FRAME'],
    ] as const) {
      const entry = Buffer.alloc(1 + length + 6, 'n');
      entry[0] = length;
      const vector = Buffer.concat([Buffer.from([entry.length, 0]), entry]);
      expect([length, survey(frameWithVector(vector))]).toEqual([length, code]);
    }
  });

  test('rejects a request or reply number that is not an integer', () => {
    for (const [number, code] of [
      [Number.NaN, 'BAD_FRAME'],
      [0.5, 'BAD_FRAME'],
      [2 ** 53, 'BAD_FRAME'],
      [-(2 ** 53 - 1), 'none'],
    ] as const) {
      for (const body of [echo, { type: 'echo_ok', in_reply_to: 1 }]) {
        const frame = frameWith(body);
        frame.writeDoubleLE(number, 2 + 4 + 14);
        expect([number, survey(frame)]).toEqual([number, code]);
      }
    }
  });

  test('rejects a body over the limit', () => {
    const head = frameWith(echo).subarray(0, 2 + 4 + 14 + 8 + 'n1n2echo'.length);
    for (const [bytes, code] of [
      [bodyBytesMax, 'none'],
      [bodyBytesMax + 1, 'BAD_FRAME'],
    ] as const) {
      const frame = Buffer.concat([head, Buffer.alloc(bytes)]);
      frame.writeUInt32LE(frame.length - 6, 2);
      expect(survey(frame)).toBe(code);
    }
  });

  test('stops at an unreadable envelope, and reads the next frame', () => {
    const good = frameWith(echo);
    const reader = new FrameReader();
    reader.open(Buffer.concat([good, Buffer.from('torn')]));
    expect(reader.next()).toBe(true);
    for (let again = 0; again < 3; again++) expect(codeOf(() => reader.next())).toBe('BAD_FRAME');
    expect(reader.body()).toEqual(echo);
    expect(readAll(good, reader)).toHaveLength(1);
  });

  test('rejects a frame that is too large, of another mark or of another version', () => {
    const reader = new FrameReader();
    const head = (...bytes: number[]): Buffer => Buffer.from(bytes);
    const large = Buffer.alloc(frameBytesMax + 1);
    frameWith(echo).copy(large);
    for (const frame of [large, head(), head(0xfa), head(0xfb, 2), head(0xfa, 1), head(0xfa, 3)]) {
      expect(codeOf(() => reader.open(frame))).toBe('BAD_FRAME');
    }
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a number', '1'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no type', '{}'],
    ['an empty type', '{"type":""}'],
    ['a type that is a number', '{"type":1}'],
    ['an id that is a text', '{"type":"x","msg_id":"1"}'],
    ['an id with a fraction', '{"type":"x","in_reply_to":1.5}'],
  ])('says BAD_FRAME of a body that is %s', (_, json) => {
    const frame = frameWith(echo);
    const reader = new FrameReader();
    reader.open(frame);
    reader.next();
    const other = Buffer.concat([frame.subarray(0, reader.bodyAt), Buffer.from(json)]);
    other.writeUInt32LE(other.length - 6, 2);
    reader.open(other);
    expect(reader.next()).toBe(true);
    expect(codeOf(() => reader.body())).toBe('BAD_FRAME');
  });

  test('reports in few words what is wrong with a body, however large it is', () => {
    const deep = `{"type":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const frame = frameWith(echo);
    const reader = new FrameReader();
    reader.open(frame);
    reader.next();
    const other = Buffer.concat([frame.subarray(0, reader.bodyAt), Buffer.from(deep)]);
    other.writeUInt32LE(other.length - 6, 2);
    reader.open(other);
    reader.next();
    expect(() => reader.body()).toThrow(/^malformed frame: .{10,100}$/);
  });
});
