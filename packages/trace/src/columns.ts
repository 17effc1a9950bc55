/**
 * Tables that grow: one typed array for each column. A run of a million messages has some five
 * million rows, and as objects they would not fit; as columns they take a few hundred megabytes.
 */

type Numbers = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

const rowsFirst = 1024;

export class Column<N extends Numbers = Numbers> {
  /** Of these, the first `length` are rows. Replaced as it grows: do not keep it across a `push`. */
  rows: N;
  length = 0;
  readonly #make: (length: number) => N;

  constructor(make: (length: number) => N) {
    this.#make = make;
    this.rows = make(rowsFirst);
  }

  /** Returns the row's number, from 0. */
  push(value: number): number {
    if (this.length === this.rows.length) this.#grow(2 * this.length);
    this.rows[this.length] = value;
    return this.length++;
  }

  get(row: number): number {
    return this.rows[row]!;
  }

  set(row: number, value: number): void {
    this.rows[row] = value;
  }

  /** Gives back the room that was kept for growing. */
  trim(): void {
    this.rows = this.rows.slice(0, this.length) as N;
  }

  #grow(length: number): void {
    const rows = this.#make(length);
    rows.set(this.rows);
    this.rows = rows;
  }
}

export const floats = (): Column<Float64Array> => new Column((length) => new Float64Array(length));
export const integers = (): Column<Int32Array> => new Column((length) => new Int32Array(length));
export const naturals = (): Column<Uint32Array> => new Column((length) => new Uint32Array(length));
export const shorts = (): Column<Uint16Array> => new Column((length) => new Uint16Array(length));
export const bytes = (): Column<Uint8Array> => new Column((length) => new Uint8Array(length));

/** Texts that repeat, as numbers. */
export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    this.#numbers.set(text, number);
    this.#texts.push(text);
    return number;
  }

  /** -1 for a text that was never given a number. */
  find(text: string): number {
    return this.#numbers.get(text) ?? -1;
  }

  text(number: number): string {
    return this.#texts[number]!;
  }
}
