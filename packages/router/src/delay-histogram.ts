/**
 * How long copies took from arrival to delivery, in log-linear buckets (as HDR histograms have them):
 * eight to each doubling, so that a bucket's bound is at most an eighth above what is in it. Counting
 * is an increment; the memory is allocated with the first copy that waited.
 *
 * Copies that left at once are not counted here: a reader knows how many were delivered.
 */
import type { DelayStats } from '@faultline/protocol';

const subBits = 3;
const perDoubling = 1 << subBits;
/** The last one has everything above 2^31 µs, which is 36 minutes. */
const bucketCount = (31 - subBits) * perDoubling + perDoubling;

export class DelayHistogram {
  #counts: Uint32Array | undefined;
  #waited = 0;
  #sumMs = 0;
  #maxMs = 0;

  add(delayMs: number): void {
    this.#counts ??= new Uint32Array(bucketCount);
    this.#counts[bucketOf(delayMs)]!++;
    this.#waited++;
    this.#sumMs += delayMs;
    if (delayMs > this.#maxMs) this.#maxMs = delayMs;
  }

  /** Of `delivered` copies, those included that left at once. */
  stats(delivered: number): DelayStats {
    const buckets: [number, number][] = [];
    const atOnce = delivered - this.#waited;
    if (atOnce > 0) buckets.push([0, atOnce]);
    this.#counts?.forEach((count, i) => {
      if (count > 0) buckets.push([Math.min(boundMs(i), this.#maxMs), count]);
    });
    const quantile = (q: number): number => {
      let seen = 0;
      for (const [upToMs, count] of buckets) {
        seen += count;
        if (seen >= q * delivered) return upToMs;
      }
      return 0;
    };
    return {
      sumMs: this.#sumMs,
      maxMs: this.#maxMs,
      p50Ms: quantile(0.5),
      p90Ms: quantile(0.9),
      p99Ms: quantile(0.99),
      buckets,
    };
  }
}

/** Below 8 µs each microsecond has its bucket; above, the highest four bits of the number choose. */
function bucketOf(delayMs: number): number {
  const us = Math.min(Math.ceil(delayMs * 1000), 0x7fffffff);
  if (us < perDoubling) return Math.max(0, us);
  const exponent = 31 - Math.clz32(us);
  const shift = exponent - subBits;
  return (shift + 1) * perDoubling + ((us >>> shift) & (perDoubling - 1));
}

/** The longest delay that a bucket takes. */
function boundMs(bucket: number): number {
  if (bucket < perDoubling) return bucket / 1000;
  const shift = Math.floor(bucket / perDoubling) - 1;
  const lowest = (perDoubling + (bucket & (perDoubling - 1))) * 2 ** shift;
  return (lowest + 2 ** shift - 1) / 1000;
}
