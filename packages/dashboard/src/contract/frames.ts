/**
 * Chunks of tables as bytes. Little-endian, as every browser's typed arrays are.
 *
 *   header   magic u32 · table u32 · rows u32 · 0 u32
 *   columns  in the order of the table's declaration, each padded to eight bytes
 *
 * A column is read in place: the typed arrays of a decoded chunk share the memory of the frame.
 */
import {
  type AnyChunk,
  type Chunk,
  type Columns,
  type ColumnType,
  columnTypes,
  type TableName,
  tableNames,
  tables,
} from './tables.ts';

const magic = 0x31_4c_46_54;
const headerBytes = 16;

const padded = (bytes: number): number => (bytes + 7) & ~7;

const columnsOf = (table: TableName): readonly (readonly [string, ColumnType])[] =>
  Object.entries(tables[table]);

const frameBytes = (table: TableName, rows: number): number =>
  columnsOf(table).reduce(
    (bytes, [, type]) => bytes + padded(rows * columnTypes[type].BYTES_PER_ELEMENT),
    headerBytes,
  );

/** The first `rows` rows of these columns. */
export function encodeChunk<T extends TableName>({
  table,
  rows,
  columns,
}: Chunk<T>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frameBytes(table, rows));
  new Uint32Array(bytes.buffer, 0, 4).set([magic, tableNames.indexOf(table), rows, 0]);
  let at = headerBytes;
  for (const [name, type] of columnsOf(table)) {
    const column = columns[name as keyof Columns<T>] as InstanceType<
      (typeof columnTypes)[ColumnType]
    >;
    const length = rows * columnTypes[type].BYTES_PER_ELEMENT;
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, length), at);
    at += padded(length);
  }
  return bytes;
}

/** Throws RangeError for bytes that are no chunk of this version. */
export function decodeChunk(buffer: ArrayBuffer): AnyChunk {
  if (buffer.byteLength < headerBytes) throw new RangeError('a chunk is longer than its header');
  const [found, number, rows] = new Uint32Array(buffer, 0, 3) as unknown as [
    number,
    number,
    number,
  ];
  const table = tableNames[number];
  if (found !== magic || table === undefined) {
    throw new RangeError('not a chunk of a table, or one of another version');
  }
  if (buffer.byteLength !== frameBytes(table, rows)) {
    throw new RangeError(
      `a chunk of ${rows} ${table} has ${frameBytes(table, rows)} bytes, not ${buffer.byteLength}`,
    );
  }
  let at = headerBytes;
  const columns: Record<string, unknown> = {};
  for (const [name, type] of columnsOf(table)) {
    columns[name] = new columnTypes[type](buffer, at, rows);
    at += padded(rows * columnTypes[type].BYTES_PER_ELEMENT);
  }
  return { table, rows, columns } as unknown as AnyChunk;
}
