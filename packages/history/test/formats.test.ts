/** Every format is read as it is written, and invalid text is rejected with a line that names the place. */
import { FaultlineError, type Json } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import {
  checkTransactions,
  type History,
  type HistoryFormat,
  historyOfEntries,
  type Operation,
  readHistory,
  writeHistory,
} from '../src/index.ts';

const scalar = fc.oneof(
  fc.integer({ min: -99, max: 99 }),
  fc.string(),
  fc.constantFrom<Json>(null, true, 'a b', '":\\\n'),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.string({ minLength: 1 }), scalar, { minKeys: 1, maxKeys: 3 }),
);

interface Shape {
  readonly value: fc.Arbitrary<Json>;
  readonly keys: boolean;
  readonly errors: boolean;
}

/** Sequential per process, so that every format can match ends to beginnings. */
function anyHistory({ value: values, keys, errors }: Shape): fc.Arbitrary<History> {
  const one = fc.record({
    process: fc.nat(2),
    asked: fc.oneof(
      fc.record({ f: fc.constant('read'), input: fc.constant<Json>(null), output: values }),
      fc.record({ f: fc.constant('write'), input: values, output: fc.constant<Json>(null) }),
      fc.record({
        f: fc.constant('cas'),
        input: fc.tuple(fc.nat(9), fc.nat(9)) as fc.Arbitrary<Json>,
        output: fc.constant<Json>(null),
      }),
    ),
    type: fc.constantFrom<Operation['type']>('ok', 'ok', 'fail'),
    key: fc.constantFrom('x', 'y', 3),
  });
  return fc.array(one, { maxLength: 12 }).map((drawn) => ({
    operations: drawn.map(({ process, asked, type, key }, index): Operation => {
      const { output, ...question } = asked;
      const common = {
        index,
        process: String(process),
        ...question,
        invokedMs: index * 2,
        endedMs: index * 2 + 1,
      };
      const keyed = keys ? { key } : {};
      if (type === 'ok') return { ...common, ...keyed, type, output };
      const error =
        errors || asked.f === 'cas' ? { error: { code: 22, text: 'another value' } } : {};
      return { ...common, ...keyed, type: 'fail', ...error };
    }),
  }));
}

const shapes: readonly (readonly [HistoryFormat, Shape])[] = [
  ['lines', { value, keys: true, errors: true }],
  ['edn', { value, keys: true, errors: true }],
  ['json', { value, keys: true, errors: true }],
  ['log', { value: fc.nat(9), keys: false, errors: false }],
];

test.each(shapes)('%s are read as they are written', (format, shape) => {
  fc.assert(
    fc.property(anyHistory(shape), (history) => {
      // A log has a line for a time, and has no word for a failure but that of a compare-and-set.
      const { operations } =
        format === 'log'
          ? { operations: history.operations.filter(({ f, type }) => type === 'ok' || f === 'cas') }
          : history;
      const text = writeHistory({ operations }, format);
      const again = readHistory(text, { format, keyed: shape.keys }).operations;
      const expected = operations.map((operation, index) => ({
        ...operation,
        index,
        ...(format === 'log' ? { invokedMs: index * 2, endedMs: index * 2 + 1 } : {}),
      }));
      expect(again).toEqual(expected);
    }),
  );
});

const jepsenFormats = ['edn', 'json'] as const;

/** Several operations of a client at a time, unknown ones and faults: more than a Jepsen process can do. */
const overlapping: fc.Arbitrary<History> = fc
  .record({
    isKeyed: fc.boolean(),
    drawn: fc.array(
      fc.record({
        process: fc.constantFrom('c1', 'c2', '0', '7'),
        f: fc.constantFrom('read', 'write', 'txn', 'a b'),
        input: value,
        output: value,
        type: fc.constantFrom<Operation['type']>('ok', 'fail', 'info'),
        key: fc.constantFrom('x', 3, undefined),
        node: fc.constantFrom('n1', undefined),
        error: fc.constantFrom(
          undefined,
          { code: 11, text: 'not "now"' },
          { code: -1, text: ':x' },
        ),
        stamps: fc.constantFrom(undefined, { lamport: 7, vector: { n1: 2 } }),
        invokedMs: fc.integer({ min: 0, max: 20 }),
        lastsMs: fc.nat({ max: 9 }),
      }),
      { maxLength: 12 },
    ),
    faults: fc.array(
      fc.record(
        {
          fromMs: fc.nat({ max: 30 }),
          toMs: fc.option(fc.integer({ min: 30, max: 40 }), { nil: null }),
          what: fc.constantFrom('n1 killed', 'partition n1 | n2'),
          nodes: fc.constant(['n1']),
          hits: fc.nat({ max: 3 }),
          membership: fc.constantFrom('added' as const, 'removed' as const),
        },
        { requiredKeys: ['fromMs', 'toMs', 'what'] },
      ),
      { maxLength: 4 },
    ),
  })
  .map(({ isKeyed, drawn, faults }): History => {
    const operations = drawn
      .sort((a, b) => a.invokedMs - b.invokedMs)
      .map(({ type, output, lastsMs, key, node, error, stamps, ...asked }, index): Operation => {
        const isAnswered = type !== 'info';
        return {
          index,
          ...asked,
          ...(isKeyed && key !== undefined ? { key } : {}),
          ...(node === undefined ? {} : { node }),
          type,
          ...(type === 'ok' ? { output: outputOf(asked.f, output) } : {}),
          endedMs: isAnswered ? asked.invokedMs + lastsMs : null,
          ...(type === 'ok' || error === undefined ? {} : { error }),
          ...(isAnswered && stamps !== undefined ? { stamps } : {}),
        };
      });
    const byBegin = faults.sort((a, b) => a.fromMs - b.fromMs);
    return faults.length === 0 ? { operations } : { operations, faults: byBegin };
  });

/** An answer that repeats the question is read as none. */
const outputOf = (f: string, output: Json): Json =>
  f === 'read' || f === 'txn' ? output : ['answered', output];

test.each(jepsenFormats)('%s keeps clients, unknown operations, keys and faults', (format) => {
  fc.assert(
    fc.property(overlapping, (history) => {
      const text = writeHistory(history, format);
      const keyed = history.operations.some(({ key }) => key !== undefined);
      expect(readHistory(text, { format, keyed })).toEqual(history);
    }),
  );
});

test.each(jepsenFormats)('%s gives a client a new process after an unknown operation', (format) => {
  const asked = { process: 'c1', f: 'write', input: 1 };
  const error = { code: 0, text: 'timeout' };
  const history: History = {
    operations: [
      { ...asked, index: 0, type: 'info', invokedMs: 0, endedMs: null, error },
      { ...asked, index: 1, type: 'ok', output: null, invokedMs: 3, endedMs: 4 },
    ],
  };
  expect(readHistory(writeHistory(history, format))).toEqual(history);
});

test('lines keep faults, unknown operations, nodes and stamps', () => {
  const history: History = {
    operations: [
      {
        index: 0,
        process: 'c1',
        f: 'write',
        key: 'x',
        input: 1,
        type: 'info',
        invokedMs: 1,
        endedMs: null,
        node: 'n2',
      },
      {
        index: 1,
        process: 'c2',
        f: 'read',
        key: 'x',
        input: null,
        output: 1,
        type: 'ok',
        invokedMs: 2,
        endedMs: 4.5,
        stamps: { lamport: 7 },
      },
    ],
    faults: [
      { fromMs: 0, toMs: null, what: 'partition n1 | n2', nodes: ['n1', 'n2'], hits: 3 },
      { fromMs: 1, toMs: 2, what: 'n3 removed', nodes: ['n3'], membership: 'removed' },
    ],
    events: [{ node: 'n1', name: 'leader', data: { term: 1 }, atMs: 3 }],
  };
  expect(readHistory(writeHistory(history))).toEqual(history);
});

test('bodies of messages lose their key and their wrapping', () => {
  const entry = { process: 'c1', atMs: 1, node: 'n1', message: 'c1.1.1' };
  const asked = (f: string, body: object, answer: object) =>
    historyOfEntries([
      { ...entry, index: 0, f, type: 'invoke', value: body },
      { ...entry, index: 1, f, type: 'ok', atMs: 2, value: answer },
    ]).operations.map(({ key, input, output }) => [key, input, output])[0];
  expect(asked('read', { key: 'x' }, { value: 3 })).toEqual(['x', null, 3]);
  expect(asked('write', { key: 'x', value: 3 }, {})).toEqual(['x', 3, null]);
  expect(asked('cas', { key: 'x', from: 1, to: 2 }, {})).toEqual(['x', [1, 2], null]);
  expect(asked('add', { element: 5 }, {})).toEqual([undefined, 5, null]);
  expect(asked('add', { delta: -1 }, {})).toEqual([undefined, -1, null]);
  expect(asked('broadcast', { message: 5 }, {})).toEqual([undefined, 5, null]);
  expect(asked('txn', { txn: [['r', 1, null]] }, { txn: [['r', 1, 2]] })).toEqual([
    undefined,
    [['r', 1, null]],
    [['r', 1, 2]],
  ]);
  expect(asked('transfer', { from: 'a', to: 'b', amount: 1 }, {})).toEqual([
    undefined,
    { from: 'a', to: 'b', amount: 1 },
    null,
  ]);
});

test('an error with a name and no number keeps its name', () => {
  const entry = { process: 'c1', atMs: 1, node: 'n1', message: null, f: 'read', value: {} };
  const { operations } = historyOfEntries([
    { ...entry, index: 0, type: 'invoke' },
    { ...entry, index: 1, type: 'info', error: { code: 'CALL_UNKNOWN', text: 'no answer' } },
  ]);
  expect(operations[0]!.error).toEqual({ code: -1, text: 'CALL_UNKNOWN: no answer' });
});

const edn = `
; a run
{:index 0, :type :invoke, :process 0, :time 1000000, :f :txn, :value [[:append 1 2] [:r "k" nil]]}
{:index 1, :type :info, :process :nemesis, :time 1500000, :f :start-partition, :value :majority}
#jepsen.history.Op{:index 2, :type :ok, :process 0, :time 2000000, :f :txn, :value [[:append 1 2] [:r "k" [1N 2.5]]]} #_{:left out}
{:index 3, :type :info, :process :nemesis, :time 2500000, :f :start-partition, :value [:isolated {"n1" #{"n2"}}]}
{:index 4, :type :invoke, :process 1, :time 2600000, :f :read, :value nil}
{:index 5, :type :info, :process 1, :time 3000000, :f :read, :value nil, :error :timeout}
{:index 6, :type :info, :process :nemesis, :time 4000000, :f :stop-partition, :value nil}
{:index 7, :type :info, :process :nemesis, :time 5000000, :f :stop-partition, :value :healed}
`;

test("Jepsen's EDN: tags, comments, keywords, times in nanoseconds, the nemesis as faults", () => {
  const { operations, faults } = readHistory(edn);
  expect(operations).toEqual([
    {
      index: 0,
      process: '0',
      f: 'txn',
      input: [
        ['append', 1, 2],
        ['r', 'k', null],
      ],
      output: [
        ['append', 1, 2],
        ['r', 'k', [1, 2.5]],
      ],
      type: 'ok',
      invokedMs: 1,
      endedMs: 2,
    },
    {
      index: 1,
      process: '1',
      f: 'read',
      input: null,
      type: 'info',
      invokedMs: 2.6,
      endedMs: null,
      error: { code: -1, text: 'timeout' },
    },
  ]);
  expect(faults).toEqual([{ fromMs: 1.5, toMs: 5, what: 'partition "majority"' }]);
  expect(readHistory(`[${edn}]`).operations).toEqual(operations);
});

test("elle-cli's JSON may leave out f, time and index", () => {
  const text = `[{"type":"invoke","process":0,"value":[["r","x",null]]},
    {"type":"ok","process":0,"value":[["r","x",1]]}]`;
  expect(readHistory(text).operations).toEqual([
    {
      index: 0,
      process: '0',
      f: 'txn',
      input: [['r', 'x', null]],
      output: [['r', 'x', 1]],
      type: 'ok',
      invokedMs: 0,
      endedMs: 1,
    },
  ]);
});

test('an empty text is an empty history', () => {
  expect(readHistory('\n').operations).toEqual([]);
});

const invoke = '{"type":"invoke","process":"c1","atMs":1,"f":"read"}';
const malformed: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['not JSON', `${invoke}\n{"atMs":`, /^line 2: not JSON/],
  ['an array', `${invoke}\n[1]`, /^line 2: an entry is an object, not \[1\]$/],
  ['no process', '{"type":"invoke","atMs":1,"f":"read"}', /^line 1: an entry has a process/],
  ['an unknown type', invoke.replace('invoke', 'done'), /^line 1: .* not "done"$/],
  ['an end without a beginning', invoke.replace('invoke', 'ok'), /^line 1: c1 ends read with ok/],
  ['two at a time', `${invoke}\n\n${invoke}`, /^line 3: c1 invokes read and has not ended/],
  [
    'the end of something else',
    `${invoke}\n{"type":"ok","process":"c1","atMs":2,"f":"write"}`,
    /^line 2: c1 ends write and had invoked read$/,
  ],
  [
    'an end before its beginning',
    `${invoke}\n{"type":"ok","process":"c1","atMs":0.5,"f":"read"}`,
    /^line 2: c1 ends read at 0\.5 ms and had invoked it at 1 ms: expected an end that is not earlier$/,
  ],
  [
    'EDN of which only some entries have a time',
    '{:type :invoke, :process 0, :f :read, :time 5}\n{:type :ok, :process 0, :f :read}',
    /^line 2: other entries have a time, this one has none/,
  ],
  [
    'JSON whose first entry has no time',
    '[{"type":"invoke","process":0,"f":"read"},\n{"type":"ok","process":0,"f":"read","time":3}]',
    /^entry 1: other entries have a time, this one has none/,
  ],
  ['a fault without a time', '{"type":"fault","fromMs":"x","what":"y"}', /^line 1: a fault has/],
  ['an open map', '{:type :invoke\n :process 0', /^line 2: expected }, and the text ends$/],
  [
    'a map without a value',
    '{:type :invoke, :process}',
    /^line 1: a map has a value for each key$/,
  ],
  ['a stray bracket', '\n{:type ]}', /^line 2: expected a value, not \]$/],
  ['an open text', '{:f "a}', /^line 1: a text does not end$/],
  ['a number', '3', /^line 1: an entry is a map, not 3$/],
  ['EDN without a process', '{:type :invoke, :f :read}', /^line 1: an entry has a process, not/],
  ['broken JSON', '[{"type":"invoke"},\n {"type":],\n {}\n]', /^line 2: not JSON/],
  ['JSON that ends', '[{"type":"invoke"},\n', /^line \d: not JSON/],
  ['depth', `{:a ${'['.repeat(10_000)}`, /^line 1: more than 200 levels$/],
  ['a log of nothing', 'INFO  jepsen.core - all is well\nwhat', /^line 1: expected a line/],
  [
    'a log that is cut',
    'INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read',
    /^line 2: expected `INFO/,
  ],
  [
    'a log with half a value',
    'INFO  jepsen.util - 0\t:invoke\t:cas\t[1',
    /^line 1: expected a value/,
  ],
  [
    'an integer that a number cannot hold',
    `${invoke}\n{"type":"ok","process":"c1","atMs":2,"f":"read","value":{"value":9007199254740993}}`,
    /^line 2: numbers are exact up to 2\^53 - 1, .* expected a text instead of 9007199254740992$/,
  ],
  [
    'the same in EDN',
    '{:type :invoke, :process 0, :f :write, :value [1 9007199254740993]}',
    /^line 1: numbers are exact/,
  ],
  [
    'the same in JSON',
    '[{"type":"invoke","process":0,"f":"write","value":-9007199254740993}]',
    /^entry 1: numbers are exact/,
  ],
  [
    'the same in a log',
    'INFO  jepsen.util - 0\t:invoke\t:write\t9007199254740993',
    /^line 1: numbers are exact/,
  ],
  [
    'a number that is too large to be one',
    `${invoke.replace('}', ',"value":{"value":1e400}}')}`,
    /^line 1: .* instead of Infinity$/,
  ],
];

describe('rejects and names the place:', () => {
  test.each(malformed)('%s', (_, text, message) => {
    let thrown: unknown;
    try {
      readHistory(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(FaultlineError);
    const { code, message: said } = thrown as FaultlineError;
    expect(code).toBe('BAD_HISTORY');
    expect(said).toMatch(message);
    expect(said).not.toContain('\n');
  });

  test('any text without throwing anything else', () => {
    const fragments = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':type',
      ' ',
      '"',
      '\\',
      '#',
      ';',
      '\n',
      '1',
      '_',
      invoke,
      'INFO',
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 20 }), (parts) => {
        try {
          readHistory(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(FaultlineError);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: draws(1000) },
    );
  });
});

describe('transactions of which only the end is written, as in the examples of Elle', () => {
  const outcomes = `[{:type :ok, :value [[:append :x 1] [:r :y [1]]]}
    {:type :ok, :value [[:append :x 2] [:append :y 1]]}
    {:type :ok, :value [[:r :x [1 2]]]}]`;

  test('are read in EDN and JSON, and are unordered', () => {
    const { operations } = readHistory(outcomes);
    expect(operations.map(({ f, type }) => [f, type])).toEqual(Array(3).fill(['txn', 'ok']));
    expect(new Set(operations.map(({ process }) => process)).size).toBe(3);
    expect(checkTransactions({ operations }).anomalies.map(({ name }) => name)).toEqual(['G1c']);
    const json = '[{"type":"ok","value":[["r","x",[1]]]},{"type":"ok","value":[["append","x",1]]}]';
    expect(checkTransactions(readHistory(json)).verdict).toBe('ok');
  });

  test('those of one process are in order', () => {
    const stale = (second: number) => `
      {:process 0, :type :ok, :f :txn, :value [[:append :x 1]]}
      {:process ${second}, :type :ok, :f :txn, :value [[:r :x []]]}
      {:process 2, :type :ok, :f :txn, :value [[:r :x [1]]]}`;
    expect(checkTransactions(readHistory(stale(1))).verdict).toBe('ok');
    const { anomalies } = checkTransactions(readHistory(stale(0)));
    expect(anomalies.map(({ name }) => name)).toEqual(['G-single-process']);
  });

  test('need a process each if one has an invocation', () => {
    const begun = `{:type :invoke, :value [[:r :x nil]]}\n{:type :ok, :value [[:r :x []]]}`;
    expect(() => readHistory(begun)).toThrow(/^line 1: an entry has a process/);
  });
});
