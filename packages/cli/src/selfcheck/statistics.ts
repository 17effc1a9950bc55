/** Bounds that a correct implementation exceeds once in a million runs. */

const onceIn = 1e6;
/** The two-sided quantile of the normal distribution for that probability. */
const z = 4.9;

/** How far the share of n trials of probability p may be off; `inflation` for correlated trials. */
export function shareBound(n: number, p: number, inflation = 1): number {
  // The half trial corrects for approximating a binomial by a normal distribution.
  return z * Math.sqrt((p * (1 - p) * inflation) / n) + 0.5 / n;
}

/** The largest distance between the samples' distribution and the expected one. */
export function kolmogorovSmirnov(
  samples: readonly number[],
  shareBelow: (x: number) => number,
): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  return sorted.reduce((largest, x, i) => {
    const share = shareBelow(x);
    return Math.max(largest, Math.abs((i + 1) / n - share), Math.abs(i / n - share));
  }, 0);
}

/** Kolmogorov's limit: P(D > d) tends to 2 exp(-2 n d²). */
export function kolmogorovSmirnovBound(n: number): number {
  return Math.sqrt(Math.log(2 * onceIn) / (2 * n));
}

/** The share of a distribution below x, from its quantiles by bisection. */
export function shareBelow(quantile: (u: number) => number, x: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 52; i++) {
    const middle = (low + high) / 2;
    if (quantile(middle) < x) low = middle;
    else high = middle;
  }
  return high;
}

/** For samples that need not be sorted. */
export function quantileOf(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
