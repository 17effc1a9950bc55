import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Envelope, FrameReader, FrameWriter, rewriteEnvelope } from '../../src/index.ts';
import { anyText } from '../helpers/any-text.ts';

const stamps = { wallMs: 1, trueMs: 2, lamport: 3, hybridMs: 4, hybridCounter: 5 };
const entries = ['n1', 'n2'];
const vector = { size: 2, idAt: (slot: number) => entries[slot]!, countAt: (slot: number) => slot };

function reading(body: Envelope['body'], isStamped = true): FrameReader {
  const writer = new FrameWriter();
  writer.append('n1', 'n2', body, 3, 2 ** 40, isStamped ? { ...stamps, vector } : undefined);
  return opened(writer.take());
}

function opened(frame: Buffer): FrameReader {
  const reader = new FrameReader();
  reader.open(frame);
  expect(reader.next()).toBe(true);
  return reader;
}

describe('a rewritten envelope', () => {
  test('with the same body and source is the same envelope', () => {
    const ids = fc.record(
      { msg_id: fc.maxSafeInteger(), in_reply_to: fc.maxSafeInteger() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(ids, fc.boolean(), anyText(), (numbers, isStamped, text) => {
        const reader = reading({ type: 'wörte', ...numbers, text }, isStamped);
        const frame = reader.buffer;
        const body = frame.subarray(reader.bodyAt, reader.end);
        expect(rewriteEnvelope(reader, { body, src: 'n1' })).toEqual(Buffer.from(frame));
      }),
    );
  });

  test('has the head of its new body', () => {
    const body = Buffer.from('{"type":"other","in_reply_to":9}');
    const reader = opened(
      rewriteEnvelope(reading({ type: 'write', msg_id: 4 }), { body, src: 'n1' }),
    );
    expect(reader.envelope()).toEqual({
      src: 'n1',
      dest: 'n2',
      body: { type: 'other', in_reply_to: 9 },
      header: { incarnation: 3, seq: 2 ** 40, stamps: { ...stamps, vector: { n1: 0, n2: 1 } } },
    });
    expect(reader).toMatchObject({ type: 'other', isReply: true, inReplyTo: 9, isRequest: false });
  });

  test.each(['{"type":', '{"type":7}', '[]', '', `{"type":"${'x'.repeat(200)}"}`])(
    'keeps its head where the new body %j is none that fits',
    (text) => {
      const body = Buffer.from(text);
      const reader = opened(
        rewriteEnvelope(reading({ type: 'write', msg_id: 4 }), { body, src: 'n1' }),
      );
      expect(reader).toMatchObject({ type: 'write', isRequest: true, msgId: 4 });
      expect(reader.buffer.subarray(reader.bodyAt, reader.end)).toEqual(body);
    },
  );

  test('with a forged source keeps its real sender, even when rewritten again', () => {
    const reader = reading({ type: 'write' });
    expect(reader.sender).toBe('n1');
    const body = reader.buffer.subarray(reader.bodyAt, reader.end);
    const forged = opened(rewriteEnvelope(reader, { body, src: 'n33' }));
    expect([forged.src, forged.sender]).toEqual(['n33', 'n1']);
    expect(forged.envelope()).toEqual({ ...reading({ type: 'write' }).envelope(), src: 'n33' });
    const twice = opened(rewriteEnvelope(forged, { body, src: 'n4' }));
    expect([twice.src, twice.sender]).toEqual(['n4', 'n1']);
    const back = opened(rewriteEnvelope(twice, { body, src: 'n1' }));
    expect([back.src, back.sender]).toEqual(['n1', 'n1']);
  });
});

describe('a field of the body', () => {
  test.each([
    ['key', 'x'],
    ['entry.term', 3],
    ['entries.1.op', 'get'],
    ['entries.2.op', undefined],
    ['entries.length', 2],
    ['key.length', undefined],
    ['nothing', undefined],
    ['toString', undefined],
    ['null', null],
  ])('%s is %j', (path, value) => {
    const body = {
      type: 'a',
      key: 'x',
      entry: { term: 3 },
      entries: [{ op: 'put' }, { op: 'get' }],
      null: null,
    };
    expect(reading(body).field(path)).toBe(value);
  });

  test('is that of the current message, and undefined if the body is not JSON', () => {
    const writer = new FrameWriter();
    for (const key of ['x', 'y']) writer.append('n1', 'n2', { type: 'a', key }, 1, 1);
    const reader = new FrameReader();
    reader.open(writer.take());
    const seen: unknown[] = [];
    while (reader.next()) seen.push(reader.field('key'), reader.field('key'));
    expect(seen).toEqual(['x', 'x', 'y', 'y']);
    const broken = rewriteEnvelope(reader, { body: Buffer.from('{'), src: 'n1' });
    expect(opened(broken).field('key')).toBeUndefined();
  });
});
