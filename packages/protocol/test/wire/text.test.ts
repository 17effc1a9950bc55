import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { FaultlineError, formatTextFrame, nameBytesMax, parseTextFrame } from '../../src/index.ts';
import { anyText } from '../helpers/any-text.ts';
import { body, name } from './arbitraries.ts';

function outcome(text: string): 'envelope' | 'BAD_FRAME' {
  try {
    const { src = 'n1', dest, body } = parseTextFrame(text);
    for (const each of [src, dest]) {
      expect(Buffer.byteLength(each)).toBeGreaterThan(0);
      expect(Buffer.byteLength(each)).toBeLessThanOrEqual(nameBytesMax);
    }
    expect(typeof body.type).toBe('string');
    for (const id of [body.msg_id, body.in_reply_to]) {
      expect(id === undefined || Number.isSafeInteger(id)).toBe(true);
    }
    return 'envelope';
  } catch (error) {
    if (error instanceof FaultlineError && error.code === 'BAD_FRAME') {
      expect(error.message.length).toBeLessThan(300);
      return 'BAD_FRAME';
    }
    throw error;
  }
}

test('an envelope written as text reads the same', () => {
  fc.assert(
    fc.property(name, name, body, (src, dest, body) => {
      const parsed = parseTextFrame(formatTextFrame({ src, dest, body }));
      expect(JSON.stringify(parsed)).toBe(JSON.stringify({ src, dest, body }));
    }),
  );
});

test('any text is an envelope or BAD_FRAME', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      outcome(text);
    }),
    { numRuns: draws(500) },
  );
});

test('any JSON is an envelope or BAD_FRAME', () => {
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('n1', '', null, 1));
  const nearly = fc.record(
    {
      src: odd,
      dest: odd,
      body: fc.oneof(odd, fc.record({ type: odd, msg_id: odd, in_reply_to: odd })),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(nearly, fc.jsonValue()), (value) => {
      outcome(JSON.stringify(value));
    }),
    { numRuns: draws(1000) },
  );
});

describe('a text frame', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const long = JSON.stringify('x'.repeat(500_000));

  test.each([
    ['that is not an object', long],
    ['without a destination', '{"body":{"type":"x"}}'],
    ['without a body', '{"dest":"n2"}'],
    ['without a destination', '{"dest":"","body":{"type":"x"}}'],
    ['to a name that is too long', `{"dest":${long},"body":{"type":"x"}}`],
    ['to a list of lists', `{"dest":${deep},"body":{"type":"x"}}`],
    ['from a list of lists', `{"src":${deep},"dest":"n2","body":{"type":"x"}}`],
    ['of a type that is a list of lists', `{"dest":"n2","body":{"type":${deep}}}`],
  ])('%s is BAD_FRAME, said in few words', (_, text) => {
    expect(outcome(text)).toBe('BAD_FRAME');
  });

  test('may omit its source: the link knows the sender', () => {
    const parsed = parseTextFrame('{"dest":"n2","body":{"type":"x","msg_id":null}}');
    expect(parsed).toEqual({ dest: 'n2', body: { type: 'x' } });
  });
});
