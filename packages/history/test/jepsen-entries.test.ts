import assert from 'node:assert/strict';
import type { HistoryEntry } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JepsenFormat, readHistory, writeJepsenEntries } from '../src/index.ts';

interface Operation {
  readonly index: number;
  readonly type: string;
  readonly process: number;
  readonly time: number;
  readonly f: string;
  readonly value: unknown;
}

const written = (entries: readonly HistoryEntry[], format: JepsenFormat): string =>
  [...writeJepsenEntries(entries, format)].join('');

/** A reader of the subset of EDN that histories use. Keywords begin with a mark, to distinguish them from strings. */
const mark = '\u0000';

function readEdn(text: string): unknown {
  let at = 0;
  const blank = (): void => {
    while (/[\s,]/.test(text[at] ?? '')) at++;
  };
  const read = (): unknown => {
    blank();
    if (text[at] === '{' || text[at] === '[') {
      const close = text[at++] === '{' ? '}' : ']';
      const items: unknown[] = [];
      for (blank(); text[at] !== close; blank()) items.push(read());
      at++;
      if (close === ']') return items;
      const keys = items.filter((_, index) => index % 2 === 0);
      assert.equal(items.length % 2, 0);
      return Object.fromEntries(
        keys.map((key, index) => [String(key).replace(mark, ''), items[2 * index + 1]]),
      );
    }
    if (text[at] === '"') {
      const [literal = ''] =
        /^"(?:[^"\\]|\\(?:["\\nrt]|u[0-9a-f]{4}))*"/.exec(text.slice(at)) ?? [];
      assert.notEqual(literal, '', text.slice(at, at + 40));
      at += literal.length;
      return JSON.parse(literal);
    }
    const [token = ''] = /^[^\s,{}[\]"]+/.exec(text.slice(at)) ?? [];
    assert.notEqual(token, '');
    at += token.length;
    if (token === 'nil') return null;
    if (token === 'true' || token === 'false') return token === 'true';
    if (/^[-+]?\d/.test(token)) return Number(token);
    assert.match(token, /^:[A-Za-z_*!?$%&=<>]/);
    return `${mark}${token.slice(1)}`;
  };
  const value = read();
  blank();
  assert.equal(at, text.length);
  return value;
}

/** What Jepsen, Knossos and Elle take for granted of a history. */
function check(operations: readonly Operation[]): void {
  const open = new Map<number, string>();
  const over = new Set<number>();
  operations.forEach(({ index, type, process, time, f }, at) => {
    assert.equal(index, at);
    assert.ok(Number.isInteger(time));
    assert.ok(!over.has(process));
    if (type === 'invoke') {
      assert.ok(!open.has(process));
      open.set(process, f);
    } else {
      assert.equal(open.get(process), f);
      open.delete(process);
      if (type === 'info') over.add(process);
    }
  });
}

const histories = fc
  .array(
    fc.record({
      client: fc.constantFrom('c1', 'c2'),
      ends: fc.constantFrom('ok', 'fail', 'info', 'never'),
      lastsFor: fc.nat({ max: 5 }),
      key: fc.string(),
    }),
    { maxLength: 20 },
  )
  .map((calls) => {
    const entries: (Omit<HistoryEntry, 'index'> & { readonly order: number })[] = [];
    calls.forEach(({ client, ends, lastsFor, key }, number) => {
      const base = { process: client, f: 'write', node: 'n1', message: `${client}.1.${number}` };
      const value = { key, [key]: [1.5, true, null] };
      entries.push({ ...base, type: 'invoke', atMs: number, value, order: number });
      if (ends === 'never') return;
      const atMs = number + lastsFor + 0.5;
      entries.push({ ...base, type: ends, atMs, value: {}, order: atMs });
    });
    return entries
      .sort((a, b) => a.order - b.order)
      .map(({ order: _, ...entry }, index): HistoryEntry => ({ index, ...entry }));
  });

test('however clients overlap, each process of the history does one thing at a time', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const fromJson = JSON.parse(written(history, 'json')) as Operation[];
      check(fromJson);
      expect(fromJson).toHaveLength(history.length);
      const lines = written(history, 'edn').split('\n').slice(0, -1);
      const fromEdn = lines.map((line) => {
        const operation = readEdn(line) as Operation;
        return { ...operation, type: operation.type.replace(mark, '') };
      });
      check(fromEdn);
      expect(fromEdn.map(({ value }) => value)).toEqual(fromJson.map(({ value }) => value));
    }),
  );
});

test.each(['edn', 'json'] as const)(
  'the reader accepts the entries of a recording as %s',
  (format) => {
    fc.assert(
      fc.property(histories, (history) => {
        const { operations } = readHistory(written(history, format), { format });
        const invoked = history.filter(({ type }) => type === 'invoke');
        expect(operations.map(({ process, input }) => [process, input])).toEqual(
          invoked.map(({ process, value }) => [process, value]),
        );
        const ends = new Map(
          history.flatMap(({ type, message }) => (type === 'invoke' ? [] : [[message, type]])),
        );
        expect(operations.map(({ type }) => type)).toEqual(
          invoked.map(({ message }) => ends.get(message) ?? 'info'),
        );
      }),
    );
  },
);

test('the end of an operation that the recording does not begin with is omitted', () => {
  const entry = { process: 'c1', f: 'write', node: 'n1', atMs: 1, value: {} };
  const text = written(
    [
      { ...entry, index: 0, type: 'ok', message: 'c1.1.1' },
      { ...entry, index: 1, type: 'invoke', message: null },
      { ...entry, index: 2, type: 'fail', message: 'c1.1.2' },
    ],
    'json',
  );
  expect(readHistory(text).operations.map(({ type }) => type)).toEqual(['fail']);
});

test('an operation is written as Jepsen writes it', () => {
  const base = { process: 'c1', f: 'write', node: 'n1', message: 'c1.1.1' };
  const history: HistoryEntry[] = [
    { ...base, index: 0, type: 'invoke', atMs: 1.5, value: { key: 'x', value: 1 } },
    {
      ...base,
      index: 1,
      type: 'fail',
      atMs: 2,
      value: { key: 'x' },
      error: { code: 22, text: 'no' },
    },
  ];
  expect(written(history, 'edn')).toBe(
    '{:index 0, :type :invoke, :process 0, :time 1500000, :f :write, :value {:key "x", :value 1}, :node "n1", :client "c1", :message "c1.1.1"}\n' +
      '{:index 1, :type :fail, :process 0, :time 2000000, :f :write, :value {:key "x"}, :error [22 "no"], :node "n1", :client "c1", :message "c1.1.1"}\n',
  );
});
