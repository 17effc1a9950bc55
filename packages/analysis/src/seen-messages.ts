/** Which messages were seen, with a bit for each number of a sender. */
export class SeenMessages {
  readonly #bits = new Map<string, Map<number, Uint32Array>>();

  has(src: string, incarnation: number, seq: number): boolean {
    if (seq >= seqMax) return false;
    const bits = this.#bits.get(src)?.get(incarnation);
    return bits !== undefined && ((bits[seq >>> 5] ?? 0) & (1 << (seq & 31))) !== 0;
  }

  /** Whether it is seen for the first time; always true for numbers above `seqMax`. */
  isNew(src: string, incarnation: number, seq: number): boolean {
    if (seq >= seqMax) return true;
    let incarnations = this.#bits.get(src);
    if (incarnations === undefined) {
      incarnations = new Map();
      this.#bits.set(src, incarnations);
    }
    const at = seq >>> 5;
    let bits = incarnations.get(incarnation);
    if (bits === undefined || at >= bits.length) {
      const larger = new Uint32Array(Math.max(64, 2 * at));
      if (bits !== undefined) larger.set(bits);
      bits = larger;
      incarnations.set(incarnation, bits);
    }
    const bit = 1 << (seq & 31);
    const isNew = (bits[at]! & bit) === 0;
    bits[at] = bits[at]! | bit;
    return isNew;
  }
}

/** Limits the size of the table, whatever number a message claims. */
export const seqMax = 20_000_000;
