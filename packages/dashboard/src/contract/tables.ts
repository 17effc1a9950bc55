/**
 * The tables in which a recording travels to the page: rows of numbers, a typed array for each column.
 * Texts are words: numbers that `Words` defines before a table refers to them.
 *
 * All times are true time in milliseconds since the run began, as `Float64`: single precision is off
 * by a quarter of a millisecond after an hour. NaN: it did not happen, or is not known.
 */

/** How a column is stored. `word`: the number of a text. */
export const columnTypes = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f64: Float64Array,
  word: Uint32Array,
} as const;
export type ColumnType = keyof typeof columnTypes;

export const tables = {
  /** A fate of one copy of a message, as the router recorded it. A copy that waited has several. */
  fates: {
    src: 'word',
    dest: 'word',
    /** The type of the body. */
    type: 'word',
    /** Ids of the rules that touched the copy, separated by commas. */
    rules: 'word',
    /** Index into `fates` of the protocol. */
    fate: 'u8',
    flags: 'u8',
    /** 0: the original; 1…: duplicates. */
    copy: 'u16',
    /** With the sender's name and `seq`, the id of the message. */
    incarnation: 'u32',
    seq: 'f64',
    /** When the program sent it; NaN for a sender that stamps nothing, such as a client. */
    sentMs: 'f64',
    /** When the router got it. */
    arrivedMs: 'f64',
    /** When this fate came. */
    atMs: 'f64',
    /** The sender's Lamport clock; NaN where it stamps nothing. */
    lamport: 'f64',
    bodyBytes: 'u32',
  },
  /** A node got a message. The k-th of an id belongs to the k-th copy of it that was delivered. */
  receptions: {
    node: 'word',
    src: 'word',
    /** Index into `receptions` of the protocol. */
    did: 'u8',
    /** Of the receiver. */
    nodeIncarnation: 'u32',
    incarnation: 'u32',
    seq: 'f64',
    atMs: 'f64',
    /** The receiver's Lamport clock after the reception. */
    lamport: 'f64',
  },
  /** A handler ended. */
  handled: {
    node: 'word',
    src: 'word',
    /** Index into `outcomes` of the protocol. */
    outcome: 'u8',
    incarnation: 'u32',
    seq: 'f64',
    atMs: 'f64',
  },
} as const satisfies Record<string, Readonly<Record<string, ColumnType>>>;

export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables) as TableName[];

/** Bits of `flags` of a fate. */
export const flagReply = 1;
export const flagRequest = 2;
export const flagAltered = 4;

type ArrayOf<T extends ColumnType> = InstanceType<(typeof columnTypes)[T]>;

/** The columns of some rows of a table. */
export type Columns<T extends TableName> = {
  readonly [C in keyof (typeof tables)[T]]: (typeof tables)[T][C] extends ColumnType
    ? ArrayOf<(typeof tables)[T][C]>
    : never;
};

export interface Chunk<T extends TableName> {
  readonly table: T;
  readonly rows: number;
  readonly columns: Columns<T>;
}
/** A chunk of whichever table: `table` says which. */
export type AnyChunk = { [T in TableName]: Chunk<T> }[TableName];
