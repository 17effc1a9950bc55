/**
 * The configurations that a search has reached. One says: before this return, the object may be in
 * this state, with these of the pending operations done already.
 *
 * One *dominates* another if it is of the same return and state and has the same changes done, and
 * has done at least the reads, and at most the open operations, that the other has. Whatever the
 * other can come to, it can come to as well: a read that is done is one thing less to find a place for,
 * and an open operation that is not done yet may be done later or never. A dominated
 * configuration is not kept.
 */
import type { Timeline } from './timeline.ts';

const fields = 5;

export class Configurations {
  readonly #slotWords: number;
  readonly #words: number;
  readonly #stride: number;
  /** For each: event, state, the next of the same group, parent, via; then the words of bits. */
  #pool: Int32Array;
  #count = 0;
  /** Open addressing: number of a group's latest configuration plus one. */
  #table: Int32Array;
  #groups = 0;
  /** For each event the slots that hold reads. */
  readonly #readBits: Int32Array;
  /** How many comparisons were made: a measure of time. */
  comparisons = 0;

  constructor(timeline: Timeline) {
    this.#slotWords = (timeline.slots + 31) >> 5;
    this.#words = this.#slotWords + ((timeline.open.length + 31) >> 5);
    this.#stride = fields + this.#words;
    this.#pool = new Int32Array(this.#stride * 64);
    this.#table = new Int32Array(128);
    const events = timeline.returns.length;
    this.#readBits = new Int32Array(events * this.#slotWords);
    const { starts, items } = timeline.reads;
    for (let event = 0; event < events; event++) {
      for (let i = starts[event]!; i < starts[event + 1]!; i++) {
        const slot = timeline.slotOf[items[i]!]!;
        this.#readBits[event * this.#slotWords + (slot >> 5)]! |= 1 << (slot & 31);
      }
    }
  }

  get count(): number {
    return this.#count;
  }

  /** How much memory they take. */
  get bytes(): number {
    return (this.#pool.length + this.#table.length + this.#readBits.length) * 4;
  }

  /** How many words of bits a configuration has: those of slots first. */
  get words(): number {
    return this.#words;
  }

  get slotWords(): number {
    return this.#slotWords;
  }

  eventOf(configuration: number): number {
    return this.#pool[configuration * this.#stride]!;
  }

  stateOf(configuration: number): number {
    return this.#pool[configuration * this.#stride + 1]!;
  }

  /** The configuration from which it was reached, -1 for the first. */
  parentOf(configuration: number): number {
    return this.#pool[configuration * this.#stride + 3]!;
  }

  /** The operation by which it was reached, -1 for the first. */
  viaOf(configuration: number): number {
    return this.#pool[configuration * this.#stride + 4]!;
  }

  copyBits(configuration: number, into: Int32Array): void {
    const from = configuration * this.#stride + fields;
    for (let word = 0; word < this.#words; word++) into[word] = this.#pool[from + word]!;
  }

  /** Whether all reads that are done in `bits` are done in `others` too. */
  coversReads(event: number, others: Int32Array, bits: Int32Array): boolean {
    for (let word = 0; word < this.#slotWords; word++) {
      const reads = this.#readBits[event * this.#slotWords + word]!;
      if ((bits[word]! & reads & ~others[word]!) !== 0) return false;
    }
    return true;
  }

  /** The number of the new configuration, or -1 if one that is known dominates it. */
  add(event: number, state: number, bits: Int32Array, parent: number, via: number): number {
    const [slotWords, words, stride] = [this.#slotWords, this.#words, this.#stride];
    const reads = event * slotWords;
    const mask = this.#table.length - 1;
    let place = this.#hashOf(event, state, bits, 0) & mask;
    let head = this.#table[place]!;
    while (head !== 0 && !this.#isOfGroup(head - 1, event, state, bits)) {
      place = (place + 1) & mask;
      head = this.#table[place]!;
    }
    for (let other = head - 1; other >= 0; other = this.#pool[other * stride + 2]!) {
      this.comparisons += 1;
      if (this.#dominates(other, reads, bits)) return -1;
    }

    const added = this.#count++;
    if ((added + 1) * stride > this.#pool.length) this.#pool = grown(this.#pool);
    const pool = this.#pool;
    const at = added * stride;
    pool[at] = event;
    pool[at + 1] = state;
    pool[at + 2] = head - 1;
    pool[at + 3] = parent;
    pool[at + 4] = via;
    for (let word = 0; word < words; word++) pool[at + fields + word] = bits[word]!;
    this.#table[place] = added + 1;
    if (head === 0) {
      this.#groups += 1;
      if (this.#groups * 2 > this.#table.length) this.#rehash();
    }
    return added;
  }

  #isOfGroup(configuration: number, event: number, state: number, bits: Int32Array): boolean {
    const at = configuration * this.#stride;
    if (this.#pool[at] !== event || this.#pool[at + 1] !== state) return false;
    for (let word = 0; word < this.#slotWords; word++) {
      const difference = this.#pool[at + fields + word]! ^ bits[word]!;
      if ((difference & ~this.#readBits[event * this.#slotWords + word]!) !== 0) return false;
    }
    return true;
  }

  #dominates(other: number, reads: number, bits: Int32Array): boolean {
    const at = other * this.#stride + fields;
    const pool = this.#pool;
    for (let word = 0; word < this.#slotWords; word++) {
      if ((bits[word]! & this.#readBits[reads + word]! & ~pool[at + word]!) !== 0) return false;
    }
    for (let word = this.#slotWords; word < this.#words; word++) {
      if ((pool[at + word]! & ~bits[word]!) !== 0) return false;
    }
    return true;
  }

  /** Groups keep their latest member's number; where a group lies follows from any of its members. */
  #rehash(): void {
    const heads = this.#table.filter((head) => head !== 0);
    this.#table = new Int32Array(this.#table.length * 2);
    const mask = this.#table.length - 1;
    for (const head of heads) {
      let place = this.#hashOfMember(head - 1) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = head;
    }
  }

  #hashOfMember(configuration: number): number {
    const at = configuration * this.#stride;
    return this.#hashOf(this.#pool[at]!, this.#pool[at + 1]!, this.#pool, at + fields);
  }

  /** Of a group: reads and open operations do not count. */
  #hashOf(event: number, state: number, words: Int32Array, offset: number): number {
    let hash = Math.imul(event + 1, 0x9e3779b1) ^ Math.imul(state + 1, 0x85ebca6b);
    hash ^= hash >>> 16;
    for (let word = 0; word < this.#slotWords; word++) {
      const reads = this.#readBits[event * this.#slotWords + word]!;
      hash = Math.imul(hash ^ (words[offset + word]! & ~reads), 0xc2b2ae35);
      hash ^= hash >>> 15;
    }
    return hash;
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
