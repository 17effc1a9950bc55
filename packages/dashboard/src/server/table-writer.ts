/** Rows of one table, appended one at a time until they are taken as a chunk. */

import { encodeChunk } from '../contract/frames.ts';
import {
  type Columns,
  type ColumnType,
  columnTypes,
  type TableName,
  tables,
} from '../contract/tables.ts';

/** A chunk has at most this many rows. */
const chunkRows = 65_536;

export class TableWriter<T extends TableName> {
  readonly table: T;
  readonly columns: Columns<T>;
  #rows = 0;

  constructor(table: T) {
    this.table = table;
    this.columns = Object.fromEntries(
      Object.entries<ColumnType>(tables[table]).map(([name, type]) => [
        name,
        new columnTypes[type](chunkRows),
      ]),
    ) as never;
  }

  get isFull(): boolean {
    return this.#rows === chunkRows;
  }

  /** Returns where to write the next row. */
  next(): number {
    return this.#rows++;
  }

  /** Undefined if there are no rows. */
  take(): Uint8Array | undefined {
    if (this.#rows === 0) return undefined;
    const rows = this.#rows;
    this.#rows = 0;
    return encodeChunk({ table: this.table, rows, columns: this.columns });
  }
}
