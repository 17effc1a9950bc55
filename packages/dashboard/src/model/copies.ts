/**
 * The copies of messages that the page knows, a row each, with all that was recorded about them: sending,
 * latest fate, reception, end of the handler.
 *
 * Rows are numbered from 0 and never renumbered. They lie in blocks; the oldest block is dropped once there
 * are `blocksMax`, so that a page that stays open does not grow.
 */
import { fates } from '@faultline/protocol';
import { type Columns, flagAltered } from '../contract/tables.ts';
import { copyStatuses, notReceived, statusOf } from './copy-status.ts';
import { growingInts } from './growing.ts';

const blockRows = 65_536;
const blockShift = 16;
export const rowMask = blockRows - 1;

/** Of one block. Times are NaN where something did not happen, or is not known. */
export class Block {
  readonly src = new Uint32Array(blockRows);
  readonly dest = new Uint32Array(blockRows);
  readonly type = new Uint32Array(blockRows);
  readonly rules = new Uint32Array(blockRows);
  readonly fate = new Uint8Array(blockRows);
  readonly flags = new Uint8Array(blockRows);
  readonly status = new Uint8Array(blockRows);
  readonly did = new Uint8Array(blockRows);
  /** 1: an earlier fate was `held` or `waiting`. */
  readonly hasWaited = new Uint8Array(blockRows);
  readonly copy = new Uint16Array(blockRows);
  readonly incarnation = new Uint32Array(blockRows);
  readonly bodyBytes = new Uint32Array(blockRows);
  /** Where the row is among those of its link, and among the unusual ones; -1: not there. */
  readonly place = new Int32Array(blockRows);
  readonly unusualPlace = new Int32Array(blockRows);
  /** The row before of the same message; -1: none. */
  readonly before = new Int32Array(blockRows);
  readonly seq = new Float64Array(blockRows);
  readonly sentMs = new Float64Array(blockRows);
  readonly atMs = new Float64Array(blockRows);
  readonly receivedMs = new Float64Array(blockRows);
  readonly handledMs = new Float64Array(blockRows);
  readonly lamport = new Float64Array(blockRows);
  readonly receivedLamport = new Float64Array(blockRows);
}

/** A number this far ahead of the others is a mistake of its sender. */
const placesMax = 2 ** 24;

/** The latest row of each message of one incarnation of a sender, by the message's number; -1: none. */
class Latest {
  readonly #rows = growingInts();
  /** The number of the first place. */
  #from: number;

  constructor(seq: number) {
    this.#from = seq;
  }

  get(seq: number): number {
    const place = seq - this.#from;
    return place >= 0 && place < this.#rows.length ? this.#rows.at(place) : -1;
  }

  /** A message that is older than all that are known has no place: its fate was read too late. */
  set(seq: number, row: number): void {
    const place = seq - this.#from;
    if (place < 0 || place >= placesMax) return;
    while (this.#rows.length <= place) this.#rows.push(-1);
    this.#rows.set(place, row);
  }

  /** Forgets messages with rows below this one, and numbers before them that no message has. */
  forgetBelow(row: number): void {
    let count = 0;
    while (count < this.#rows.length && this.#rows.at(count) < row) count++;
    this.#rows.drop(count);
    this.#from += count;
  }
}

const senderKey = (src: number, incarnation: number): number => src * 2 ** 32 + incarnation;

const isOpen = copyStatuses.map((status) => status === 'held' || status === 'waiting');
const fateDelivered = fates.indexOf('delivered');

export interface CopiesListener {
  added(row: number): void;
  /** The status or the end of a row may be another; `status` is the one before. */
  changed(row: number, status: number): void;
  /** Rows below this one are gone. */
  dropped(row: number): void;
}

export class Copies {
  readonly #blocks: (Block | undefined)[] = [];
  readonly #blocksMax: number;
  readonly #latest = new Map<number, Latest>();
  readonly #listener: CopiesListener;
  #rows = 0;
  #firstRow = 0;

  constructor(listener: CopiesListener, blocksMax = 18) {
    this.#listener = listener;
    this.#blocksMax = blocksMax;
  }

  /** One more than the last row. */
  get rows(): number {
    return this.#rows;
  }

  /** The first row that is still there. */
  get firstRow(): number {
    return this.#firstRow;
  }

  /** The block of a row, and where the row is in it. */
  block(row: number): Block {
    return this.#blocks[row >> blockShift]!;
  }

  sentMs = (row: number): number => this.block(row).sentMs[row & rowMask]!;
  status = (row: number): number => this.block(row).status[row & rowMask]!;
  type = (row: number): number => this.block(row).type[row & rowMask]!;

  /** When the copy was received or its last fate came; Infinity while it is in the router. */
  endMs(row: number): number {
    const block = this.block(row);
    const at = row & rowMask;
    if (isOpen[block.status[at]!]) return Number.POSITIVE_INFINITY;
    const receivedMs = block.receivedMs[at]!;
    return Number.isNaN(receivedMs) ? block.atMs[at]! : receivedMs;
  }

  addFates(rows: number, columns: Columns<'fates'>): void {
    for (let i = 0; i < rows; i++) this.#addFate(columns, i);
  }

  addReceptions(rows: number, columns: Columns<'receptions'>): void {
    for (let i = 0; i < rows; i++) {
      const row = this.#firstOf(
        columns,
        i,
        (block, at) => block.fate[at] === fateDelivered && Number.isNaN(block.receivedMs[at]!),
      );
      if (row < 0) continue;
      const block = this.block(row);
      const at = row & rowMask;
      block.receivedMs[at] = columns.atMs[i]!;
      block.receivedLamport[at] = columns.lamport[i]!;
      block.did[at] = columns.did[i]!;
      const status = block.status[at]!;
      this.#judge(block, at);
      this.#listener.changed(row, status);
    }
  }

  addHandled(rows: number, columns: Columns<'handled'>): void {
    for (let i = 0; i < rows; i++) {
      const row = this.#firstOf(
        columns,
        i,
        (block, at) => !Number.isNaN(block.receivedMs[at]!) && Number.isNaN(block.handledMs[at]!),
      );
      if (row < 0) continue;
      this.block(row).handledMs[row & rowMask] = columns.atMs[i]!;
    }
  }

  #addFate(columns: Columns<'fates'>, i: number): void {
    const latest = this.#latestOf(columns.src[i]!, columns.incarnation[i]!, columns.seq[i]!);
    const seq = columns.seq[i]!;
    const copy = columns.copy[i]!;
    const before = this.#kept(latest.get(seq));
    let row = before;
    while (row >= 0 && this.block(row).copy[row & rowMask] !== copy) row = this.#before(row);
    const isNew = row < 0;
    if (isNew) {
      row = this.#nextRow();
      latest.set(seq, row);
    }
    const block = this.block(row);
    const at = row & rowMask;
    if (isNew) {
      block.src[at] = columns.src[i]!;
      block.dest[at] = columns.dest[i]!;
      block.type[at] = columns.type[i]!;
      block.copy[at] = copy;
      block.incarnation[at] = columns.incarnation[i]!;
      block.seq[at] = seq;
      block.before[at] = before;
      block.did[at] = notReceived;
      block.place[at] = -1;
      block.unusualPlace[at] = -1;
      // A client stamps nothing: what is known is when the router got it.
      const sentMs = columns.sentMs[i]!;
      block.sentMs[at] = Number.isNaN(sentMs) ? columns.arrivedMs[i]! : sentMs;
      block.receivedMs[at] = Number.NaN;
      block.handledMs[at] = Number.NaN;
      block.receivedLamport[at] = Number.NaN;
      block.lamport[at] = columns.lamport[i]!;
      block.bodyBytes[at] = columns.bodyBytes[i]!;
    }
    block.fate[at] = columns.fate[i]!;
    block.flags[at] = columns.flags[i]!;
    block.rules[at] = columns.rules[i]!;
    block.atMs[at] = columns.atMs[i]!;
    const status = block.status[at]!;
    this.#judge(block, at);
    if (isNew) this.#listener.added(row);
    else this.#listener.changed(row, status);
  }

  #judge(block: Block, at: number): void {
    const isAltered = (block.flags[at]! & flagAltered) !== 0;
    const hasWaited = block.hasWaited[at] === 1;
    const status = statusOf(block.fate[at]!, block.did[at]!, block.copy[at]!, isAltered, hasWaited);
    block.status[at] = status;
    if (isOpen[status]) block.hasWaited[at] = 1;
  }

  #nextRow(): number {
    const row = this.#rows++;
    if ((row & rowMask) !== 0) return row;
    this.#blocks[row >> blockShift] = new Block();
    const dropped = (row >> blockShift) - this.#blocksMax;
    if (dropped >= 0) {
      this.#blocks[dropped] = undefined;
      this.#firstRow = (dropped + 1) << blockShift;
      for (const latest of this.#latest.values()) latest.forgetBelow(this.#firstRow);
      this.#listener.dropped(this.#firstRow);
    }
    return row;
  }

  #latestOf(src: number, incarnation: number, seq: number): Latest {
    const key = senderKey(src, incarnation);
    let latest = this.#latest.get(key);
    if (latest === undefined) {
      latest = new Latest(seq);
      this.#latest.set(key, latest);
    }
    return latest;
  }

  /** The first copy of a message for which this holds; -1: none. */
  #firstOf(
    { src, incarnation, seq }: Columns<'receptions'> | Columns<'handled'>,
    i: number,
    holds: (block: Block, at: number) => boolean,
  ): number {
    let found = -1;
    const latest = this.#latest.get(senderKey(src[i]!, incarnation[i]!));
    let row = this.#kept(latest?.get(seq[i]!) ?? -1);
    for (; row >= 0; row = this.#before(row)) {
      if (holds(this.block(row), row & rowMask)) found = row;
    }
    return found;
  }

  #before(row: number): number {
    return this.#kept(this.block(row).before[row & rowMask]!);
  }

  #kept(row: number): number {
    return row < this.#firstRow ? -1 : row;
  }
}
