/** How figures are computed from samples and printed. */

/** `tiny` runs the same code with small counts: it finds a bench that no longer runs, and measures nothing. */
export type Size = 'full' | 'tiny';

export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export interface Row {
  readonly figure: string;
  /** The figure itself, such as a ratio. */
  readonly value: string;
  /** The values behind the figure. */
  readonly from: string;
  readonly must: string;
  readonly aim: string;
}

/** The flaw of a row, whatever its figure; undefined if it can be printed. */
export function flawOf(row: Row): string | undefined {
  const empty = (['figure', 'value', 'from', 'must', 'aim'] as const).find(
    (field) => row[field].trim() === '',
  );
  if (empty !== undefined) return `its ${empty} is empty`;
  const broken = /\b(NaN|Infinity|undefined|null)\b|\[object/.exec(`${row.value} ${row.from}`);
  if (broken !== null) return `it prints ${broken[0]}`;
  return undefined;
}

export const ratio = (value: number): string => `${value.toFixed(2)}×`;
export const perSecond = (value: number): string => `${Math.round(value / 1000)} k/s`;
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 3 : 0)} ms`;

/** Runs each of several measurements in turn, repeatedly, so that all run on the same machine under the same load. */
export async function inTurn<T>(
  rounds: number,
  measurements: readonly (() => Promise<T>)[],
): Promise<T[][]> {
  const results: T[][] = measurements.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, measure] of measurements.entries()) results[i]!.push(await measure());
  }
  return results;
}
