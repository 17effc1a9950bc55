/** Rules that change messages, and the results of these changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { anyText } from '../../protocol/test/helpers/any-text.ts';
import { type Alteration, alterBody, decide, sourceAfter } from '../src/index.ts';
import { message, ruleSet, send } from './helpers/messages.ts';
import { binomialBounds } from './helpers/statistics.ts';

const links = 'n1>n2';
const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));
const value = (body: Uint8Array) => JSON.parse(new TextDecoder().decode(body));
const after = (body: unknown, ...alterations: Alteration[]) =>
  value(alterBody(bytes(body), alterations));

const draw = fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true });
const leaf = fc.oneof(fc.boolean(), anyText(), fc.double(), fc.integer());
const body = fc.record({
  type: fc.constant('write'),
  msg_id: fc.nat(),
  key: leaf,
  entries: fc.array(fc.record({ term: leaf, op: leaf }), { maxLength: 3 }),
});

describe('corrupt', () => {
  test.each([1, 3, 14])('flips %d different bits inside the body, and no more', (bits) => {
    const spec = { kind: 'corrupt', links, settings: { probability: 1, bits } };
    const edge = ruleSet(1, spec).edge('n1', 'n2');
    const original = bytes({ type: 'write', key: 'x', value: 12345 });
    for (const verdict of send(edge, 500, { bodyBytes: original.length })) {
      const altered = alterBody(original, verdict![0]!.alterations!);
      const flipped = [...altered].map((byte, i) => byte ^ original[i]!);
      const count = flipped.join(' ').length && flipped.reduce((sum, x) => sum + ones(x), 0);
      expect(count).toBe(bits);
    }
  });

  test('flips all bits if there are no more', () => {
    const spec = { kind: 'corrupt', links, settings: { probability: 1, bits: 14 } };
    const [verdict] = send(ruleSet(1, spec).edge('n1', 'n2'), 1, { bodyBytes: 1 });
    expect([...alterBody(Uint8Array.of(0b1010_0101), verdict![0]!.alterations!)]).toEqual([
      0b0101_1010,
    ]);
  });

  test('reaches every bit of the body', () => {
    const spec = { kind: 'corrupt', links, settings: { probability: 1 } };
    const hit = send(ruleSet(1, spec).edge('n1', 'n2'), 2000, { bodyBytes: 4 }).flatMap(
      (verdict) => {
        const [alteration] = verdict![0]!.alterations!;
        return alteration!.how === 'bits' ? alteration!.bits : [];
      },
    );
    expect(new Set(hit).size).toBe(32);
  });

  test.each(['bits', 'field'])('as %s damages the given share of messages', (as) => {
    const spec = { kind: 'corrupt', links, settings: { probability: '10%', as } };
    const altered = send(ruleSet(1, spec).edge('n1', 'n2'), 20_000).filter((v) => v !== null);
    const [low, high] = binomialBounds(20_000, 0.1);
    expect(altered.length).toBeGreaterThanOrEqual(low);
    expect(altered.length).toBeLessThanOrEqual(high);
  });

  test('damages each copy independently', () => {
    const twice = { kind: 'duplicate', links, settings: { probability: 1 } };
    const spec = { kind: 'corrupt', links, settings: { probability: '50%' } };
    const verdicts = send(ruleSet(1, twice, spec).edge('n1', 'n2'), 100);
    const patterns = verdicts.map((verdict) =>
      verdict!.map(({ alterations }) => (alterations === undefined ? '.' : 'x')).join(''),
    );
    expect(new Set(patterns)).toEqual(new Set(['..', '.x', 'x.', 'xx']));
  });
});

describe('a changed field', () => {
  test('leaves a well-formed body of the same shape, with one different value', () => {
    fc.assert(
      fc.property(body, draw, draw, (given, which, change) => {
        const before = value(bytes(given));
        const changed = after(given, { how: 'field', which, change });
        const differences = leavesOf(before).filter(([path, was], i) => {
          const [samePath, is] = leavesOf(changed)[i]!;
          expect(samePath).toBe(path);
          if (was !== null) expect(typeof is).toBe(typeof was);
          return is !== was;
        });
        expect(differences).toHaveLength(1);
        expect(['type', 'msg_id']).not.toContain(differences[0]![0]);
      }),
      { numRuns: draws(1000) },
    );
  });

  test('is plausible: a nearby number or one with another digit, a letter for a letter', () => {
    const numbers = new Set<number>();
    const texts = new Set<string>();
    for (let change = 0; change < 1; change += 0.001) {
      numbers.add(after({ type: 'a', x: 42 }, { how: 'field', which: 0, change }).x);
      texts.add(after({ type: 'a', x: 'a7' }, { how: 'field', which: 0, change }).x);
    }
    expect(numbers).toContain(41);
    expect(numbers).toContain(43);
    expect([...numbers].every((x) => Math.abs(x - 42) === 1 || /^(\d2|4\d|2)$/.test(`${x}`))).toBe(
      true,
    );
    expect([...texts].every((x) => /^([a-z]7|a\d)$/.test(x))).toBe(true);
    expect(numbers.has(42) || texts.has('a7')).toBe(false);
    expect(after({ type: 'a', x: true }, { how: 'field', which: 0, change: 0 }).x).toBe(false);
  });

  test('is one of the head if there is no other', () => {
    const changed = after({ type: 'read', msg_id: 7 }, { how: 'field', which: 0.9, change: 0 });
    expect(changed).toEqual({ type: 'read', msg_id: 8 });
  });

  test('leaves a body that is not JSON unchanged', () => {
    const broken = new TextEncoder().encode('{"type":');
    const set: Alteration = { how: 'set', path: 'a', value: 1 };
    expect(alterBody(broken, [{ how: 'field', which: 0, change: 0 }, set])).toEqual(broken);
  });
});

describe('tamper', () => {
  const tamper = (field: string, written: unknown) => ({
    kind: 'tamper',
    links,
    settings: { field, value: written },
  });

  test.each([
    ['key', 7, { type: 'a', key: 7, entries: [{ op: 'put' }] }],
    ['entries.0.op', null, { type: 'a', key: 'x', entries: [{ op: null }] }],
    ['entries', [], { type: 'a', key: 'x', entries: [] }],
    ['nothing', 7, { type: 'a', key: 'x', entries: [{ op: 'put' }] }],
    ['entries.1.op', 7, { type: 'a', key: 'x', entries: [{ op: 'put' }] }],
  ])('writes into %s the value %j', (path, written, expected) => {
    const given = { type: 'a', key: 'x', entries: [{ op: 'put' }] };
    const edge = ruleSet(1, tamper(path, written)).edge('n1', 'n2');
    const [copy] = decide(edge, message, 0)!;
    expect(value(alterBody(bytes(given), copy!.alterations!))).toEqual(expected);
  });

  test('touches only messages that have the field', () => {
    const edge = ruleSet(1, tamper('key', 7)).edge('n1', 'n2');
    expect(send(edge, 1, { field: () => undefined })).toEqual([null]);
    expect(send(edge, 1, { field: () => 'x' })[0]![0]!.rules).toEqual(['r1']);
  });
});

test('impersonate forges the source of messages, and the last such rule wins', () => {
  const as = (name: string) => ({ kind: 'impersonate', links: '*', settings: { as: name } });
  const rules = ruleSet(1, as('n3'), as('n4'));
  const [copy] = decide(rules.edge('n1', 'n2'), message, 0)!;
  expect(sourceAfter('n1', copy!.alterations!)).toBe('n4');
  expect(alterBody(bytes({ type: 'a' }), copy!.alterations!)).toEqual(bytes({ type: 'a' }));
  // Who is who it claims to be forges nothing.
  const [own] = decide(rules.edge('n4', 'n2'), message, 0)!;
  expect(own!.rules).toEqual(['r1']);
});

test('applies tampering before damage, and does the same to duplicates', () => {
  const rules = ruleSet(
    1,
    { kind: 'corrupt', links, settings: { probability: 1, as: 'field' } },
    { kind: 'tamper', links, settings: { field: 'key', value: 1 } },
    { kind: 'impersonate', links, settings: { as: 'n3' } },
    { kind: 'duplicate', links, settings: { probability: 1 } },
  );
  const copies = decide(rules.edge('n1', 'n2'), message, 0)!;
  for (const { alterations } of copies) {
    expect(alterations!.map(({ how }) => how)).toEqual(['source', 'set', 'field']);
  }
});

const ones = (byte: number): number => byte.toString(2).replaceAll('0', '').length;

function leavesOf(given: unknown, path = ''): [string, unknown][] {
  if (typeof given !== 'object' || given === null) return [[path, given]];
  return Object.entries(given).flatMap(([name, nested]) =>
    leavesOf(nested, path === '' ? name : `${path}.${name}`),
  );
}
