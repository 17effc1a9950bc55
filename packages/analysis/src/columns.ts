/**
 * Tables that grow: one typed array for each column. A run of a million messages has some five
 * million rows, and as objects they would not fit; as columns they take a few hundred megabytes.
 */

type Numbers = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

const rowsFirst = 1024;

/**
 * Each kind of array has a class of its own, with a `push` of its own: one that stores into five kinds
 * of arrays is compiled for none of them and takes many times as long.
 */
abstract class Column<N extends Numbers> {
  /** Of these, the first `length` are rows. Replaced as it grows: do not keep it across a `push`. */
  rows: N;
  length = 0;

  constructor(rows: N) {
    this.rows = rows;
  }

  /** Returns the row's number, from 0. */
  abstract push(value: number): number;

  get(row: number): number {
    return this.rows[row]!;
  }

  set(row: number, value: number): void {
    this.rows[row] = value;
  }

  /** Frees the space reserved for growth. */
  trim(): void {
    this.rows = this.rows.slice(0, this.length) as N;
  }

  protected grow(): void {
    const rows = new (this.rows.constructor as new (length: number) => N)(2 * this.length);
    rows.set(this.rows);
    this.rows = rows;
  }
}

export class Floats extends Column<Float64Array> {
  override push(value: number): number {
    if (this.length === this.rows.length) this.grow();
    this.rows[this.length] = value;
    return this.length++;
  }
}

export class Integers extends Column<Int32Array> {
  override push(value: number): number {
    if (this.length === this.rows.length) this.grow();
    this.rows[this.length] = value;
    return this.length++;
  }
}

export class Naturals extends Column<Uint32Array> {
  override push(value: number): number {
    if (this.length === this.rows.length) this.grow();
    this.rows[this.length] = value;
    return this.length++;
  }
}

export class Shorts extends Column<Uint16Array> {
  override push(value: number): number {
    if (this.length === this.rows.length) this.grow();
    this.rows[this.length] = value;
    return this.length++;
  }
}

export class Bytes extends Column<Uint8Array> {
  override push(value: number): number {
    if (this.length === this.rows.length) this.grow();
    this.rows[this.length] = value;
    return this.length++;
  }
}

export const floats = (): Floats => new Floats(new Float64Array(rowsFirst));
export const integers = (): Integers => new Integers(new Int32Array(rowsFirst));
export const naturals = (): Naturals => new Naturals(new Uint32Array(rowsFirst));
export const shorts = (): Shorts => new Shorts(new Uint16Array(rowsFirst));
export const bytes = (): Bytes => new Bytes(new Uint8Array(rowsFirst));

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
