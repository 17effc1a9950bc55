import { pointAt, RuleSpec } from '@faultline/protocol';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { explain, ruleKinds, validateRule } from '../src/index.ts';
import { refusal } from './helpers/messages.ts';

const loss = { kind: 'loss', links: 'n1>n2', settings: { probability: '5%' } };
const duplicate = { kind: 'duplicate', links: '*', settings: { probability: 1 } };
const delay = { kind: 'delay', links: '*', settings: { delay: '5ms' } };

describe('validateRule', () => {
  test('returns a copy of its input', () => {
    const spec = { ...loss, type: 'a*', replies: true, first: 3, after: 2, every: 1, for: '10s' };
    expect(validateRule(spec)).toEqual(spec);
    expect(validateRule(spec).settings).not.toBe(spec.settings);
  });

  test('accepts missing settings if none are required, and undefined properties', () => {
    expect(validateRule({ kind: 'cut', links: 'leader>*', type: undefined })).toEqual({
      kind: 'cut',
      links: 'leader>*',
      settings: {},
    });
    expect(validateRule({ ...duplicate, settings: { probability: 1, copies: undefined } })).toEqual(
      duplicate,
    );
  });

  const probability = 'a text or a number from 0 to 1, such as "5%" or 0.05';
  const properties =
    'kind, links, type, replies, size, field, probability, after, every, first, for, owner, settings';
  const kinds = [...ruleKinds.keys()].join(', ');
  test.each<[unknown, string]>([
    [5, 'rule: expected an object, got 5'],
    [null, 'rule: expected an object, got null'],
    [[], 'rule: expected an object, got a list'],
    [{}, 'kind is missing: expected a text, such as "loss"'],
    [{ kind: 'cut' }, 'links is missing: expected a text, such as "n1>n2" or "n1<>n2" or "*"'],
    [
      { ...loss, kind: 'los' },
      `kind: no kind of rule is called "los"; did you mean loss? (there are ${kinds})`,
    ],
    [
      { ...loss, kind: 'earthquake' },
      `kind: no kind of rule is called "earthquake"; there are ${kinds}`,
    ],
    [{ ...loss, kind: 7 }, 'kind: expected a text, such as "loss", got 7'],
    [{ ...loss, link: 'n1' }, `link: no such property; did you mean links? (known: ${properties})`],
    [{ ...loss, colour: 'red' }, `colour: no such property; known: ${properties}`],
    [
      { ...loss, links: 'n1>n1' },
      'links: expected a link between two endpoints at character 1 of "n1>n1": no endpoint has a link to itself',
    ],
    [{ ...loss, first: 0 }, 'first: expected a whole number from 1 up, got 0'],
    [{ ...loss, first: 1.5 }, 'first: expected a whole number from 1 up, got 1.5'],
    [{ ...loss, every: 0 }, 'every: expected a whole number from 1 up, got 0'],
    [{ ...loss, after: -1 }, 'after: expected a whole number from 0 up, got -1'],
    [{ ...loss, replies: 'yes' }, 'replies: expected true or false, got "yes"'],
    [{ ...loss, type: 'a*b' }, 'type: expected a text, such as "append" or "raft.*", got "a*b"'],
    [{ ...loss, type: '' }, 'type: expected a text, such as "append" or "raft.*", got ""'],
    [
      { ...loss, size: '10kB' },
      'size: expected a size with its direction, such as >10kB, <=1kB or 1kB..10kB, got "10kB"',
    ],
    [
      { ...loss, size: '10kB..1kB' },
      'size: expected the smaller size first, then the larger one, got "10kB..1kB"',
    ],
    [{ ...loss, size: '<0' }, 'size: expected a size that a body can have, got "<0"'],
    [
      { ...loss, size: '>-1' },
      'size: expected a size such as 64kB or 1MiB at character 1 of "-1": it is never negative',
    ],
    [
      { ...loss, field: 'key' },
      'field: expected a field and its value, such as key=x or entry.term=3, got "key"',
    ],
    [
      { ...loss, field: 'entry..term=3' },
      'field: expected a field and its value, such as key=x or entry.term=3, got "entry..term=3"',
    ],
    [{ ...loss, probability: 2 }, `probability: expected ${probability}, got 2`],
    [
      { ...loss, probability: '200%' },
      'probability: expected at most 100% at character 1 of "200%"',
    ],
    [
      { ...loss, for: '10' },
      'for: expected a unit (ns, us, µs, ms, s, m, h, d) after 10 at the end of "10": write 10ms or 10s',
    ],
    [{ ...loss, for: '-1s' }, 'for: expected a duration above 0ms, got "-1s"'],
    [{ ...loss, for: '0' }, 'for: expected a duration above 0ms, got "0"'],
    [{ ...loss, settings: 'much' }, 'settings: expected an object, got "much"'],
    [{ kind: 'loss', links: '*' }, `settings.probability is missing: expected ${probability}`],
    [
      { ...loss, settings: { probability: 5 } },
      `settings.probability: expected ${probability}, got 5`,
    ],
    [
      { ...loss, settings: { probability: Number.NaN } },
      `settings.probability: expected ${probability}, got NaN`,
    ],
    [
      { ...loss, settings: { probability: '5' } },
      'settings.probability: expected a probability of at most 1, or a % sign, at character 1 of "5": write 5%',
    ],
    [
      { ...loss, settings: { probabilty: '5%' } },
      'settings.probabilty: no such property; did you mean probability? (known: probability, correlation)',
    ],
    [
      { ...loss, settings: { probability: '5%', correlation: '100%' } },
      'settings.correlation: expected a correlation below 100%, got 100%',
    ],
    [
      { kind: 'cut', links: '*', settings: { idle: '5s' } },
      'settings.idle: expected only with established, whose conversations it ends',
    ],
    [
      { kind: 'rate', links: '*', settings: { rate: '-1kB/s' } },
      'settings.rate: expected a rate such as 100kB/s or 1mbit at character 1 of "-1kB/s": it is never negative',
    ],
    [
      { kind: 'rate', links: '*', settings: { rate: '0kB/s' } },
      'settings.rate: expected a rate above 0 and below 9 PB/s at character 1 of "0kB/s"',
    ],
    [
      { kind: 'rate', links: '*', settings: { rate: '1kB/s', per: 'node' } },
      'settings.per: expected "edge" or "rule", got "node"',
    ],
    [
      { kind: 'rate', links: '*', settings: { rate: '1kB/s', limit: '0B' } },
      'settings.limit: expected a size above 0: without a queue, messages that meet would be lost',
    ],
    [
      { kind: 'size', links: '*' },
      'settings.max: expected a maximum such as 10kB, or a minimum as min',
    ],
    [
      { kind: 'size', links: '*', settings: { max: '1kB', min: '2kB' } },
      'settings.min: expected at most the max, 1000B, or nothing would pass; got 2000B',
    ],
    [
      { kind: 'cost', links: '*' },
      'settings.perMessage: expected a price above 0, or one as perMegabyte',
    ],
    [
      { kind: 'cost', links: '*', settings: { perMessage: -1 } },
      'settings.perMessage: expected a number from 0 up, such as 0.02, got -1',
    ],
    [
      { kind: 'loss-gemodel', links: '*', settings: { p: 0 } },
      'settings.p: expected a probability above 0: the link would never turn bad',
    ],
    [
      { kind: 'loss-state', links: '*', settings: { p13: '60%', p14: '50%' } },
      'settings.p14: expected at most 100% together with p13, got 110%',
    ],
    [
      { kind: 'loss-state', links: '*', settings: { p13: '10%', p32: '20%' } },
      'settings.p32: expected at most 100% together with p31, got 110%',
    ],
    [
      { kind: 'corrupt', links: '*', settings: { probability: 1, as: 'field', bits: 2 } },
      'settings.bits: expected no bits with as=field, which changes a value',
    ],
    [
      { kind: 'tamper', links: '*', settings: { field: 'a..b', value: 1 } },
      'settings.field: expected a path such as value or entry.term, got "a..b"',
    ],
    [
      { kind: 'tamper', links: '*', settings: { field: 'a' } },
      'settings.value is missing: expected any JSON, such as 7 or "x"',
    ],
    [
      { kind: 'impersonate', links: '*', settings: { as: 'all' } },
      'settings.as: expected the name of a node or a client, such as n2, got "all"',
    ],
    [
      { kind: 'cut', links: '*', settings: { hard: true } },
      'settings.hard: no such property; known: refuse, established, idle',
    ],
    [
      { ...duplicate, settings: { probability: 1, copies: 101 } },
      'settings.copies: expected a whole number from 1 to 100, got 101',
    ],
    [
      { ...duplicate, settings: { probability: 1, spacing: '-1s' } },
      'settings.spacing: expected a duration from 0 to 1d, got "-1s"',
    ],
    [
      { ...duplicate, settings: { probability: 1, spacing: '2d' } },
      'settings.spacing: expected a duration from 0 to 1d, got "2d"',
    ],
    [
      { ...delay, settings: { delay: '50' } },
      'settings.delay: expected a unit (ns, us, µs, ms, s, m, h, d) after 50 at the end of "50": write 50ms or 50s',
    ],
    [
      { ...delay, settings: { delay: 50 } },
      'settings.delay: expected a text, such as "50ms" or "50ms ± 10ms" or "10ms..90ms" or "exp 50ms", got 50',
    ],
    [
      { ...delay, settings: { delay: '5ms', keepOrder: 1 } },
      'settings.keepOrder: expected true or false, got 1',
    ],
    [
      JSON.parse('{"kind": "cut", "links": "*", "__proto__": 1}'),
      `__proto__: no such property; known: ${properties}`,
    ],
    [
      { ...loss, ['x\n'.repeat(99)]: 1 },
      `${'x\\n'.repeat(30)}…: no such property; known: ${properties}`,
    ],
  ])('reports the mistake in %j', (data, message) => {
    const error = refusal(() => validateRule(data));
    expect(error.message).toBe(message);
    expect(error.code).toBe('BAD_RULE');
    expect(message.startsWith(String(error.facts.property))).toBe(true);
  });

  test('points to the mistake in the text of a property', () => {
    const error = refusal(() => validateRule({ ...loss, settings: { probability: '5%%' } }));
    expect(pointAt(error)).toBe('5%%\n  ^');
    expect(error.facts).toMatchObject({ property: 'settings.probability', text: '5%%', at: 2 });
  });

  test('accepts any data or rejects it in one line', () => {
    const any = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
    });
    const almost = fc.record(
      {
        kind: fc.oneof(fc.constantFrom(...ruleKinds.keys(), 'constructor'), any),
        links: fc.oneof(fc.constantFrom('*', 'n1>n2'), any),
        type: any,
        first: any,
        for: fc.oneof(fc.constant('10s'), any),
        settings: fc.oneof(
          fc.record(
            {
              probability: fc.oneof(fc.constant('5%'), any),
              delay: any,
              copies: any,
              spacing: any,
            },
            { requiredKeys: [] },
          ),
          any,
        ),
      },
      { requiredKeys: ['kind', 'links'] },
    );
    fc.assert(
      fc.property(fc.oneof(any, almost), (data) => {
        let spec: RuleSpec;
        try {
          spec = validateRule(data);
        } catch (error) {
          expect(error).toMatchObject({ name: 'FaultlineError', code: 'BAD_RULE' });
          expect((error as Error).message).not.toMatch(/\p{Cc}/u);
          return;
        }
        expect(validateRule(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
      }),
      { numRuns: draws(1000) },
    );
  });
});

describe('the schemas', () => {
  const objects = [
    ['rule', RuleSpec] as const,
    ...[...ruleKinds].map(([name, { settings }]) => [name, settings] as const),
  ];

  test.each(objects)('of %s describe every property and allow no other', (_, schema) => {
    const properties = Object.values(schema.properties) as (TSchema & { description?: string })[];
    for (const property of properties) expect(property.description).toMatch(/\w+/);
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(JSON.parse(JSON.stringify(schema))).toMatchObject(schema);
  });

  test('no two kinds share a stage', () => {
    const stages = [...ruleKinds.values()].map(({ stage }) => stage);
    expect(new Set(stages).size).toBe(stages.length);
  });
});

describe('explain', () => {
  test.each<[RuleSpec, string]>([
    [loss, 'lose 5% of messages n1>n2'],
    [{ ...loss, type: 'append' }, 'lose 5% of messages n1>n2 of type append'],
    [{ ...loss, replies: true, links: 'n2<n1' }, 'lose 5% of replies n1>n2'],
    [{ ...loss, replies: false }, 'lose 5% of messages that are not replies n1>n2'],
    [
      { ...loss, after: 3, every: 2, first: 5, for: '10s' },
      'lose 5% of messages n1>n2 (on each link after the first 3, only every 2nd, at most 5), for 10s',
    ],
    [{ kind: 'cut', links: 'n1<>*' }, 'cut messages n1<>*'],
    [duplicate, 'send one more copy of 100% of messages *<>*'],
    [
      { ...duplicate, settings: { probability: 0.1, copies: 3, spacing: '5ms' } },
      'send 3 more copies, 5ms apart, of 10% of messages *<>*',
    ],
    [delay, 'delay messages *<>* by 5ms'],
    [
      { ...loss, size: '>10kB', field: 'key=x', probability: '50%' },
      'lose 5% of 50% of messages n1>n2 of size >10000B with key=x',
    ],
    [
      { ...delay, settings: { delay: '50ms ± 10ms', correlation: 0.25 } },
      'delay messages *<>* by 50ms ± 10ms, with 25% correlation',
    ],
    [
      { ...loss, settings: { probability: 0.05, correlation: '25%' } },
      'lose 5% of messages n1>n2, with 25% correlation',
    ],
    [{ kind: 'cut', links: '*', settings: { refuse: true } }, 'refuse messages *<>*'],
    [
      { kind: 'cut', links: '*', settings: { established: true, idle: '30s' } },
      'cut messages *<>*, but keep established conversations flowing unless silent for 30s',
    ],
    [
      { kind: 'loss-gemodel', links: '*', settings: { p: '1%', r: '25%' } },
      'lose messages *<>* in bursts: good to bad 1%, back 25%, lost 100% while bad and 0% while good',
    ],
    [
      { kind: 'loss-state', links: '*', settings: { p13: '1%' } },
      'lose messages *<>* in bursts: p13 1%, p31 99%, p32 0%, p23 100%, p14 0%',
    ],
    [
      { kind: 'rate', links: '*', settings: { rate: '1Mbit/s', limit: '64kB', per: 'rule' } },
      'send messages *<>* over one line of 125000 bytes/s with a queue of 64000 bytes, shared by all links',
    ],
    [
      { kind: 'size', links: '*', settings: { max: '10kB', refuse: true } },
      'refuse messages *<>* that are above 10000B',
    ],
    [
      { kind: 'cost', links: '*', settings: { perMessage: 0.5, perMegabyte: 20 } },
      'charge messages *<>* with 0.5 a message and 20 a megabyte',
    ],
    [
      { kind: 'corrupt', links: '*', settings: { probability: '1%' } },
      'flip a bit of 1% of messages *<>*',
    ],
    [
      { kind: 'corrupt', links: '*', settings: { probability: '1%', as: 'field' } },
      'change a field of 1% of messages *<>*',
    ],
    [
      { kind: 'tamper', links: '*', type: 'read_ok', settings: { field: 'value', value: 7 } },
      'write 7 into value of messages *<>* of type read_ok',
    ],
    [
      { kind: 'impersonate', links: 'n1>n3', settings: { as: 'n2' } },
      'forge the source of messages n1>n3 as n2',
    ],
    [
      { ...delay, settings: { delay: '50ms+-10ms', keepOrder: true } },
      'delay messages *<>* by 50ms ± 10ms, keeping their order',
    ],
    [
      { kind: 'reorder', links: '*', settings: { probability: '10%' } },
      'send 10% of the delayed messages *<>* at once',
    ],
    [
      { kind: 'reorder', links: '*', settings: { probability: '10%', gap: 5 } },
      'send 10% of the delayed messages *<>* at once, with at least 4 delayed in between',
    ],
    [
      { kind: 'hold', links: 'clients>leader' },
      'hold messages clients>leader until they are released',
    ],
  ])('%j: %s', (spec, words) => {
    expect(explain(spec)).toBe(words);
  });

  test.each([
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [11, '11th'],
    [21, '21st'],
    [112, '112th'],
  ])('every %d is every %s', (every, words) => {
    expect(explain({ kind: 'cut', links: '*', every })).toContain(`only every ${words})`);
  });
});
