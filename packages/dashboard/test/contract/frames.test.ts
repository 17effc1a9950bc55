import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { decodeChunk, encodeChunk } from '../../src/contract/frames.ts';
import {
  type ColumnType,
  columnTypes,
  type TableName,
  tableNames,
  tables,
} from '../../src/contract/tables.ts';

const largest: Readonly<Record<ColumnType, number>> = {
  u8: 255,
  u16: 65_535,
  u32: 2 ** 32 - 1,
  word: 2 ** 32 - 1,
  f64: 0,
};

/** Values that a column of this type can have. */
const drawnFor = (type: ColumnType) =>
  type === 'f64' ? fc.double() : fc.integer({ min: 0, max: largest[type] });

const rowsOf = (table: TableName) =>
  fc.array(
    fc.record(
      Object.fromEntries(
        Object.entries<ColumnType>(tables[table]).map(([name, type]) => [name, drawnFor(type)]),
      ),
    ),
    { maxLength: 20 },
  );

const chunks = fc
  .constantFrom(...tableNames)
  .chain((table) => rowsOf(table).map((rows) => ({ table, rows })));

test('a chunk that is encoded and decoded has the same rows, whatever is in them', () => {
  fc.assert(
    fc.property(chunks, ({ table, rows }) => {
      const columns = Object.fromEntries(
        Object.entries<ColumnType>(tables[table]).map(([name, type]) => [
          name,
          // Longer than what is sent, as the writer's columns are.
          columnTypes[type].from([...rows.map((row) => row[name] as number), 7, 7]),
        ]),
      );
      const bytes = encodeChunk({ table, rows: rows.length, columns } as never);
      const decoded = decodeChunk(bytes.buffer);
      expect(decoded.table).toBe(table);
      expect(decoded.rows).toBe(rows.length);
      for (const [name, column] of Object.entries(decoded.columns)) {
        expect([...column]).toEqual(rows.map((row) => row[name]));
      }
    }),
    { numRuns: draws(400) },
  );
});

test.each([
  ['no bytes', () => new ArrayBuffer(0), /longer than its header/],
  ['bytes of something else', () => new ArrayBuffer(64), /not a chunk/],
  ['a chunk that was cut', () => someChunk().slice(0, -8), /has \d+ bytes, not \d+/],
  ['a table of a later version', () => withTable(99), /not a chunk/],
])('refuses %s', (_, bytes, expected) => {
  expect(() => decodeChunk(bytes())).toThrow(expected);
});

function someChunk(): ArrayBuffer {
  const columns = Object.fromEntries(
    Object.entries<ColumnType>(tables.handled).map(([name, type]) => [
      name,
      new columnTypes[type](3),
    ]),
  );
  return encodeChunk({ table: 'handled', rows: 3, columns } as never).buffer;
}

function withTable(number: number): ArrayBuffer {
  const bytes = someChunk();
  new Uint32Array(bytes)[1] = number;
  return bytes;
}
