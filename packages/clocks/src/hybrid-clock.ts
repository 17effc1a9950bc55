import { type HybridTimestamp, isTimestamp, MAX_C, MAX_L } from './hybrid.ts';

/**
 * The hybrid logical clock.
 *
 * S. Kulkarni, M. Demirbas et al., "Logical Physical Clocks and Consistent Snapshots in Globally
 * Distributed Databases", 2014, figure 5.
 *
 * Like Lamport's clock, it gives a later stamp to whatever happened later; like a wall clock, its
 * stamp is close to the time: `l` is never behind the own wall, and never ahead of every wall that the
 * event can know of, so that it stays within the skew among the nodes.
 *
 * Deviations from the figure:
 * - `c` has 16 bits. What does not fit is carried: l + 1, c = 0. That is still a later timestamp,
 *   but l is then one millisecond ahead of every wall.
 * - A remote timestamp more than `maxAheadMs` ahead of the own wall is refused, so that one bad
 *   clock cannot drag a whole cluster into the future. A malformed one is refused likewise.
 * - A wall with a fraction is floored. One before 1970, or no number at all, counts as 0, and one
 *   beyond the year 10889 as that: the clock stays monotone, whatever its wall does.
 */
export class HybridClock {
  #l: number;
  #c: number;
  readonly #maxAheadMs: number;

  constructor(options: HybridClockOptions = {}) {
    const { maxAheadMs = Number.POSITIVE_INFINITY, resume = { l: 0, c: 0 } } = options;
    if (!(maxAheadMs >= 0)) throw new RangeError(`maxAheadMs must be 0 or more, got ${maxAheadMs}`);
    if (!isTimestamp(resume)) {
      throw new RangeError(`cannot resume from l=${resume.l} c=${resume.c}: not a timestamp`);
    }
    this.#maxAheadMs = maxAheadMs;
    this.#l = resume.l;
    this.#c = resume.c;
  }

  /** The milliseconds of the latest event here. Whole, from 0 to MAX_L; never falls. */
  get l(): number {
    return this.#l;
  }

  /** The count of events within `l`. Whole, from 0 to MAX_C. */
  get c(): number {
    return this.#c;
  }

  /** A local event, or a send, at a moment when the own wall reads `wallMs`. */
  now(wallMs: number): void {
    const wall = wholeWall(wallMs);
    if (wall > this.#l) this.#set(wall, 0);
    else this.#set(this.#l, this.#c + 1);
  }

  /**
   * The receipt of a message stamped `remote`. False means that the stamp was refused: then the
   * receipt is only a local event, and nothing can be said of its order after the send.
   */
  observe(remote: HybridTimestamp, wallMs: number): boolean {
    const wall = wholeWall(wallMs);
    if (!this.#accepts(remote, wall)) {
      this.now(wallMs);
      return false;
    }
    const l = Math.max(this.#l, remote.l, wall);
    if (l === this.#l && l === remote.l) this.#set(l, Math.max(this.#c, remote.c) + 1);
    else if (l === this.#l) this.#set(l, this.#c + 1);
    else if (l === remote.l) this.#set(l, remote.c + 1);
    else this.#set(l, 0);
    return true;
  }

  #accepts(remote: HybridTimestamp, wall: number): boolean {
    if (!isTimestamp(remote) || remote.l > MAX_WALL_MS) return false;
    return remote.l - wall <= this.#maxAheadMs;
  }

  #set(l: number, c: number): void {
    const carries = c > MAX_C;
    this.#l = carries ? l + 1 : l;
    this.#c = carries ? 0 : c;
  }
}

export interface HybridClockOptions {
  /** How far a remote timestamp may be ahead of the own wall. Without it, any distance. */
  readonly maxAheadMs?: number;
  /** The last timestamp given, for a node that kept it on disk. */
  readonly resume?: HybridTimestamp;
}

/**
 * The latest wall that is believed. The 49 days between here and MAX_L are room for carries: no
 * wall and no message leads there, so counting events alone would have to use them up.
 */
const MAX_WALL_MS = MAX_L - 2 ** 32;

function wholeWall(wallMs: number): number {
  // The comparison also sends NaN to 0.
  return wallMs > 0 ? Math.min(Math.floor(wallMs), MAX_WALL_MS) : 0;
}
