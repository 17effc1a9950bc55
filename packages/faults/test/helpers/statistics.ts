/**
 * Bounds that a correct implementation crosses once in a million runs. The seeds of the tests are
 * fixed, so these can fail by chance only after a change to how draws are made, and then once in a
 * million.
 */

const onceIn = 1e6;

/** Bounds for the number of successes in n trials of probability p, from the exact binomial tails. */
export function binomialBounds(n: number, p: number): readonly [number, number] {
  const logOdds = Math.log(p) - Math.log1p(-p);
  const pmf: number[] = [];
  let log = n * Math.log1p(-p);
  for (let k = 0; k <= n; k++) {
    pmf.push(Math.exp(log));
    log += Math.log(n - k) - Math.log(k + 1) + logOdds;
  }
  const tail = 0.5 / onceIn;
  let low = 0;
  for (let sum = pmf[0]!; sum < tail; sum += pmf[++low]!);
  let high = n;
  for (let sum = pmf[n]!; sum < tail; sum += pmf[--high]!);
  return [low, high];
}

/** Upper bound of a chi-square statistic: Wilson and Hilferty's cube (1931). */
export function chiSquareBound(degrees: number): number {
  const z = 4.7534;
  const a = 2 / (9 * degrees);
  return degrees * (1 - a + z * Math.sqrt(a)) ** 3;
}

export function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The largest distance between the samples' distribution and the expected one. */
export function kolmogorovSmirnov(samples: readonly number[], cdf: (x: number) => number): number {
  // A typed array sorts numbers without a comparator, several times as fast.
  const sorted = Float64Array.from(samples).sort();
  const n = sorted.length;
  return sorted.reduce((largest, x, i) => {
    const below = cdf(x);
    return Math.max(largest, Math.abs((i + 1) / n - below), Math.abs(i / n - below));
  }, 0);
}

/** Kolmogorov's limit: P(D > d) -> 2 exp(-2 n d²). */
export function kolmogorovSmirnovBound(n: number): number {
  return Math.sqrt(Math.log(2 * onceIn) / (2 * n));
}

/** How unevenly pairs fall into a square of cells: small if the numbers are independent. */
export function pairStatistic(
  as: readonly number[],
  bOf: (index: number) => number,
  cells = 16,
): number {
  const counts = new Array<number>(cells * cells).fill(0);
  for (let i = 0; i < as.length; i++) {
    counts[Math.floor(as[i]! * cells) * cells + Math.floor(bOf(i) * cells)]!++;
  }
  return chiSquare(counts);
}
