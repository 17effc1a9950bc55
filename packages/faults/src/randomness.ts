/**
 * Randomness as a function instead of a stream: a number in [0, 1) from a key and a counter.
 *
 * A stream has a position, so one more draw shifts all later ones. Here the draw for a message depends only
 * on (seed, rule, edge, ordinal on that edge, which draw): adding or removing a rule changes no other rule's
 * draws, and the n-th message on an edge has the same fate whenever it is sent.
 *
 * The function is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011, §4): a cipher without the secrecy. It needs only 32-bit additions,
 * rotations and exclusive-ors, which are fast in JavaScript.
 */

/** The key of a rule's draws on one edge. */
export interface Key {
  readonly k0: number;
  readonly k1: number;
}

/** The two words of the last `threefry`: returning them as an object would cost more than the rest. */
let word0 = 0;
let word1 = 0;

/** §4.2: the constant that keeps an all-zero key from being a weak one; its 32-bit form. */
const parity = 0x1bd11bda;

function threefry(c0: number, c1: number, k0: number, k1: number): void {
  const k2 = parity ^ k0 ^ k1;
  let a = (c0 + k0) | 0;
  let b = (c1 + k1) | 0;

  // Five times four rounds of mixing, the key added after each four. Rotations: table 2, N=2, W=32.
  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k1) | 0;
  b = (b + k2 + 1) | 0;

  a = (a + b) | 0;
  b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0;
  b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0;
  b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0;
  b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k2) | 0;
  b = (b + k0 + 2) | 0;

  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k0) | 0;
  b = (b + k1 + 3) | 0;

  a = (a + b) | 0;
  b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0;
  b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0;
  b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0;
  b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k1) | 0;
  b = (b + k2 + 4) | 0;

  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  word0 = (a + k2) | 0;
  word1 = (b + k0 + 5) | 0;
}

/** The two output words, unsigned. For known answers and for deriving; `uniform` is the fast one. */
export function block(key: Key, c0: number, c1: number): readonly [number, number] {
  threefry(c0 | 0, c1 | 0, key.k0, key.k1);
  return [word0 >>> 0, word1 >>> 0];
}

/** Uniform in [0, 1) with 53 random bits. Counter words count modulo 2^32. */
export function uniform(key: Key, c0: number, c1: number): number {
  threefry(c0 | 0, c1 | 0, key.k0, key.k1);
  return ((word0 >>> 5) * 0x400_0000 + (word1 >>> 6)) / 0x20_0000_0000_0000;
}

/**
 * A key from texts, by absorbing them four UTF-16 units at a time: key' = threefry(block, key) ^ block,
 * the Matyas-Meyer-Oseas construction. Each text ends with a block of its length, so that ('ab', 'c')
 * and ('a', 'bc') differ.
 */
export function deriveKey(...texts: readonly string[]): Key {
  let k0 = 0;
  let k1 = 0;
  const absorb = (c0: number, c1: number): void => {
    threefry(c0, c1, k0, k1);
    k0 = word0 ^ c0;
    k1 = word1 ^ c1;
  };
  for (const text of texts) {
    // charCodeAt is NaN beyond the end, and NaN | 0 is 0.
    const unit = (at: number) => text.charCodeAt(at) | 0;
    for (let i = 0; i < text.length; i += 4) {
      absorb((unit(i) << 16) | unit(i + 1), (unit(i + 2) << 16) | unit(i + 3));
    }
    absorb(text.length, -1);
  }
  return { k0, k1 };
}
