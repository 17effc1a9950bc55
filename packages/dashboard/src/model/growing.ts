/** Typed arrays that grow at their end, and whose beginning can be dropped. */

type Values = Int32Array | Float64Array;

export class Growing<T extends Values> {
  readonly #make: (length: number) => T;
  #values: T;
  #from = 0;
  #to = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(64);
  }

  get length(): number {
    return this.#to - this.#from;
  }

  at(index: number): number {
    return this.#values[this.#from + index]!;
  }

  set(index: number, value: number): void {
    this.#values[this.#from + index] = value;
  }

  push(value: number): void {
    if (this.#to === this.#values.length) this.#makeRoom();
    this.#values[this.#to++] = value;
  }

  drop(count: number): void {
    this.#from += Math.min(count, this.length);
  }

  #makeRoom(): void {
    const kept = this.#values.subarray(this.#from, this.#to);
    const isMostlyKept = kept.length > this.#values.length / 2;
    const values = isMostlyKept ? this.#make(this.#values.length * 2) : this.#values;
    values.set(kept);
    this.#values = values;
    this.#to = kept.length;
    this.#from = 0;
  }
}

export const growingInts = (): Growing<Int32Array> =>
  new Growing((length) => new Int32Array(length));
export const growingFloats = (): Growing<Float64Array> =>
  new Growing((length) => new Float64Array(length));
