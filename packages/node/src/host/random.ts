/**
 * Seeded random numbers for programs: sfc32, Chris Doty-Humphrey's small fast counting generator
 * (PractRand), seeded by a hash of cluster seed, node and incarnation.
 */
import { createHash } from 'node:crypto';
import type { Random } from '../port.ts';

export function seededRandom(seed: string, nodeId: string, incarnation: number): Random {
  const bytes = createHash('sha256').update(`${seed}\n${nodeId}\n${incarnation}`).digest();
  let a = bytes.readInt32LE(0);
  let b = bytes.readInt32LE(4);
  let c = bytes.readInt32LE(8);
  let counter = 1;

  function next32(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  }

  function next(): number {
    const high = next32() >>> 5;
    const low = next32() >>> 6;
    return (high * 0x4000000 + low) / 2 ** 53;
  }

  function integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new RangeError(
        `integer needs an upper bound of 1 or more, a whole number, got ${below}`,
      );
    }
    return Math.floor(next() * below);
  }

  return {
    next,
    integer,
    pick<T>(among: readonly T[]): T {
      if (among.length === 0) throw new RangeError('pick needs at least one item');
      return among[integer(among.length)]!;
    },
    shuffle<T>(items: readonly T[]): T[] {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
      }
      return shuffled;
    },
  };
}
