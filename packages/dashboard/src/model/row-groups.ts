/**
 * Rows of copies in the order in which they came, in groups of `groupRows` with a summary of each, so that a
 * view reads a summary where it has less room than rows. This is the implicit tree that Perfetto keeps over
 * its slices (trace_processor, implicit segment forest), cut down to one level above the rows: a million
 * rows have 16 000 groups, few enough to pass over for each view.
 *
 * Rows need not be sorted by time: a group says which times it touches.
 */
import type { Copies } from './copies.ts';
import { growingFloats, growingInts } from './growing.ts';

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const groupRows = 64;
const groupShift = 6;

export class RowGroups {
  readonly #copies: Copies;
  readonly #isLeftOut: (row: number) => boolean;
  readonly #rows = growingInts();
  readonly #fromMs = growingFloats();
  readonly #toMs = growingFloats();
  /** The lowest number of a row. */
  readonly #firstRow = growingInts();
  readonly #slowest = growingInts();
  readonly #slowestMs = growingFloats();
  /** Rows that `eachSummaryIn` passes over. */
  readonly #leftOut = growingInts();
  readonly #columns = [
    this.#fromMs,
    this.#toMs,
    this.#firstRow,
    this.#slowest,
    this.#slowestMs,
    this.#leftOut,
  ];
  /** How many groups were dropped before the first. */
  #dropped = 0;

  /** `isLeftOut`: which rows summaries leave out. */
  constructor(copies: Copies, isLeftOut: (row: number) => boolean = () => false) {
    this.#copies = copies;
    this.#isLeftOut = isLeftOut;
  }

  get #groups(): number {
    return this.#fromMs.length;
  }

  /** Returns the place of the row, which stays the same. */
  add(row: number): number {
    const place = this.#rows.length;
    this.#rows.push(row);
    if ((place & (groupRows - 1)) === 0) {
      this.#fromMs.push(Number.POSITIVE_INFINITY);
      this.#toMs.push(Number.NEGATIVE_INFINITY);
      this.#firstRow.push(row);
      this.#slowest.push(row);
      this.#slowestMs.push(Number.NEGATIVE_INFINITY);
      this.#leftOut.push(0);
    }
    const group = place >> groupShift;
    if (row < this.#firstRow.at(group)) this.#firstRow.set(group, row);
    this.#include(group, row);
    return place + (this.#dropped << groupShift);
  }

  /** A row's end is another. */
  changed(place: number): void {
    const group = (place >> groupShift) - this.#dropped;
    if (group < 0) return;
    if (this.#toMs.at(group) !== Number.POSITIVE_INFINITY) {
      this.#include(group, this.#rows.at(place - (this.#dropped << groupShift)));
      return;
    }
    // It was open, and may be the only one that was.
    this.#sumUp(group);
  }

  /** `isLeftOut` holds for this row from now on. */
  leftOut(place: number): void {
    const group = (place >> groupShift) - this.#dropped;
    if (group < 0) return;
    this.#leftOut.set(group, this.#leftOut.at(group) + 1);
    this.#sumUp(group);
  }

  /** Forgets groups of which all rows are below this one. */
  dropBelow(row: number): void {
    let count = 0;
    while (count < this.#groups - 1 && this.#lastRow(count) < row) count++;
    for (const column of this.#columns) column.drop(count);
    this.#rows.drop(count << groupShift);
    this.#dropped += count;
  }

  /** How many rows touch this range of time. */
  countIn(range: TimeRange): number {
    let count = 0;
    for (let group = 0; group < this.#groups; group++) {
      if (!this.#touches(group, range)) continue;
      if (this.#isWithin(group, range)) count += this.#keptIn(group);
      else this.#eachRow(group, range, () => count++);
    }
    return count;
  }

  /** Calls `visit` for each row that touches this range of time. */
  eachIn(range: TimeRange, visit: (row: number) => void): void {
    for (let group = 0; group < this.#groups; group++) {
      if (this.#touches(group, range)) this.#eachRow(group, range, visit);
    }
  }

  /**
   * The same for rows that are not left out; but a group that takes no longer than `resolutionMs` is visited
   * once: with its slowest row, and how many rows that stands for.
   */
  eachSummaryIn(
    range: TimeRange,
    resolutionMs: number,
    visit: (row: number, count: number) => void,
  ): void {
    for (let group = 0; group < this.#groups; group++) {
      if (!this.#touches(group, range)) continue;
      const isShort = this.#toMs.at(group) - this.#fromMs.at(group) <= resolutionMs;
      if (isShort && this.#isWithin(group, range) && this.#isWhole(group)) {
        const count = this.#keptIn(group) - this.#leftOut.at(group);
        if (count > 0) visit(this.#slowest.at(group), count);
      } else {
        this.#eachRow(group, range, (row) => {
          if (!this.#isLeftOut(row)) visit(row, 1);
        });
      }
    }
  }

  #touches(group: number, { fromMs, toMs }: TimeRange): boolean {
    return this.#fromMs.at(group) <= toMs && this.#toMs.at(group) >= fromMs;
  }

  #isWithin(group: number, { fromMs, toMs }: TimeRange): boolean {
    return this.#fromMs.at(group) >= fromMs && this.#toMs.at(group) <= toMs;
  }

  #eachRow(group: number, { fromMs, toMs }: TimeRange, visit: (row: number) => void): void {
    const end = this.#endOf(group);
    for (let at = group << groupShift; at < end; at++) {
      const row = this.#rows.at(at);
      if (row < this.#copies.firstRow) continue;
      if (this.#copies.sentMs(row) <= toMs && this.#copies.endMs(row) >= fromMs) visit(row);
    }
  }

  /** None of its rows was dropped. */
  #isWhole(group: number): boolean {
    return this.#firstRow.at(group) >= this.#copies.firstRow;
  }

  /** Rows of a group that were not dropped. */
  #keptIn(group: number): number {
    const start = group << groupShift;
    const end = this.#endOf(group);
    if (this.#isWhole(group)) return end - start;
    let kept = 0;
    for (let at = start; at < end; at++) if (this.#rows.at(at) >= this.#copies.firstRow) kept++;
    return kept;
  }

  #endOf(group: number): number {
    return Math.min((group + 1) << groupShift, this.#rows.length);
  }

  #lastRow(group: number): number {
    let last = -1;
    for (let at = group << groupShift; at < this.#endOf(group); at++) {
      last = Math.max(last, this.#rows.at(at));
    }
    return last;
  }

  #sumUp(group: number): void {
    this.#toMs.set(group, Number.NEGATIVE_INFINITY);
    this.#slowestMs.set(group, Number.NEGATIVE_INFINITY);
    for (let at = group << groupShift; at < this.#endOf(group); at++) {
      const row = this.#rows.at(at);
      if (row >= this.#copies.firstRow) this.#include(group, row);
    }
  }

  #include(group: number, row: number): void {
    const sentMs = this.#copies.sentMs(row);
    const endMs = this.#copies.endMs(row);
    if (sentMs < this.#fromMs.at(group)) this.#fromMs.set(group, sentMs);
    if (endMs > this.#toMs.at(group)) this.#toMs.set(group, endMs);
    if (endMs - sentMs > this.#slowestMs.at(group) && !this.#isLeftOut(row)) {
      this.#slowestMs.set(group, endMs - sentMs);
      this.#slowest.set(group, row);
    }
  }
}
