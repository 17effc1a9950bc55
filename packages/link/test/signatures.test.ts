import { FrameReader, FrameWriter, rewriteEnvelope } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../protocol/test/helpers/any-text.ts';
import { Signatures, signingKeys } from '../src/index.ts';

const nodes = ['n1', 'n2', 'n3'];
const isClient = (name: string) => !nodes.includes(name);
const ofNode = (name: string, secret = 'secret') =>
  Signatures.ofNode(() => signingKeys(secret, name, nodes));
const ofClient = (name: string) => Signatures.ofInsider('secret', name, isClient);

function sent(from: Signatures | undefined, src: string, dest: string, text = ''): FrameReader {
  const writer = new FrameWriter(from?.sign);
  writer.append(src, dest, { type: 'write', msg_id: 1, text }, 1, 7);
  return opened(writer.take());
}

function opened(frame: Buffer): FrameReader {
  const reader = new FrameReader();
  reader.open(frame);
  reader.next();
  return reader;
}

const members = [...nodes, 'c1', 'c2'];
const of = (name: string) => (isClient(name) ? ofClient(name) : ofNode(name));
const pairs = members.flatMap((src) =>
  members.filter((dest) => dest !== src).map((dest) => [src, dest] as const),
);

describe('a signed message', () => {
  test.each(pairs)('from %s is accepted by %s', (src, dest) => {
    expect(of(dest).verifies(sent(of(src), src, dest, 'ü'))).toBe(true);
    expect(sent(of(src), src, dest, 'ü').body().text).toBe('ü');
  });

  test.each(pairs)('that %s signs under another name is rejected by %s', (src, dest) => {
    for (const other of members) {
      if (other === src || other === dest) continue;
      expect(of(dest).verifies(sent(of(src), other, dest))).toBe(false);
    }
  });

  test('is rejected with any flipped bit in its body, or with another source', () => {
    const from = ofNode('n1');
    const to = ofNode('n2');
    fc.assert(
      fc.property(anyText(), fc.nat(), (text, at) => {
        const reader = sent(from, 'n1', 'n2', text);
        const body = Uint8Array.from(reader.buffer.subarray(reader.bodyAt, reader.end));
        const whole = opened(rewriteEnvelope(reader, { body, src: 'n1' }));
        expect(to.verifies(whole)).toBe(true);
        const forged = opened(rewriteEnvelope(reader, { body, src: 'n3' }));
        expect(to.verifies(forged)).toBe(false);
        const bit = at % (8 * body.length);
        body[bit >> 3]! ^= 1 << (bit & 7);
        const flipped = opened(rewriteEnvelope(reader, { body, src: 'n1' }));
        expect(to.verifies(flipped)).toBe(false);
      }),
    );
  });

  test('is rejected by other receivers, and in another cluster', () => {
    const reader = sent(ofNode('n1'), 'n1', 'n2');
    expect(ofNode('n3').verifies(reader)).toBe(false);
    expect(ofNode('n2', 'other').verifies(reader)).toBe(false);
  });

  test('differs from one without a signature, which is rejected', () => {
    const plain = sent(undefined, 'n1', 'n2');
    expect(plain.signatureAt).toBe(-1);
    expect(ofNode('n2').verifies(plain)).toBe(false);
  });

  test('reaches nodes that join later, once their keys are known', () => {
    let known = ['n1', 'n2'];
    const n1 = Signatures.ofNode(() => signingKeys('secret', 'n1', known));
    const n3 = Signatures.ofNode(() => signingKeys('secret', 'n3', nodes));
    expect(n3.verifies(sent(n1, 'n1', 'n3'))).toBe(false);
    known = nodes;
    expect(n3.verifies(sent(n1, 'n1', 'n3'))).toBe(true);
  });
});
