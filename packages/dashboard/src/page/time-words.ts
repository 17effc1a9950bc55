/** Times as texts. */

/** Since the run began, such as `+12.346s`. */
export const moment = (ms: number): string => `+${(ms / 1000).toFixed(3)}s`;

const units: readonly (readonly [ms: number, name: string])[] = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms'],
  [0.001, 'µs'],
];

/** A duration with three digits at most: `1.25ms`. */
export function span(ms: number): string {
  const [unitMs, name] = units.find(([each]) => Math.abs(ms) >= each) ?? units.at(-1)!;
  return `${Number((ms / unitMs).toPrecision(3))}${name}`;
}
