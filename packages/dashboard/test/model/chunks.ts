/** Makes chunks of rows, for tests: what a row leaves out is 0, or NaN for the time of its sending. */
import {
  type Columns,
  type ColumnType,
  columnTypes,
  type TableName,
  tables,
} from '../../src/contract/tables.ts';

export type Row<T extends TableName> = Partial<Record<keyof Columns<T>, number>>;

export function columnsOf<T extends TableName>(table: T, rows: readonly Row<T>[]): Columns<T> {
  return Object.fromEntries(
    Object.entries<ColumnType>(tables[table]).map(([name, type]) => [
      name,
      columnTypes[type].from(rows.map((row) => row[name as keyof Row<T>] ?? 0)),
    ]),
  ) as never;
}
