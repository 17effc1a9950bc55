/** What a rule has done so far: counted while it acts, summed on request. */

/** Copies by what was done to them. */
export interface Tally {
  lost: number;
  cut: number;
  refused: number;
  overflowed: number;
  held: number;
  delayed: number;
  sentAtOnce: number;
  duplicated: number;
  altered: number;
}

export function emptyTally(): Tally {
  return {
    lost: 0,
    cut: 0,
    refused: 0,
    overflowed: 0,
    held: 0,
    delayed: 0,
    sentAtOnce: 0,
    duplicated: 0,
    altered: 0,
  };
}

export interface EdgeReport {
  readonly edge: string;
  /** Messages on the edge since the rule was added. */
  readonly looked: number;
  /** Those that match by type, direction, size and field. */
  readonly matched: number;
  /** Those that it affected. */
  readonly hit: number;
  /** Copies by what was done to them, where that is not 0. */
  readonly copies: Readonly<Partial<Tally>>;
  /** Sums that the kind keeps, such as a cost. */
  readonly sums: Readonly<Record<string, number>>;
}

export interface RuleReport extends Omit<EdgeReport, 'edge'> {
  readonly rule: string;
  readonly edges: readonly EdgeReport[];
}

type Counts = Omit<EdgeReport, 'edge'>;

/** Sums over edges. */
export function total(reports: readonly Counts[]): Counts {
  return {
    looked: reports.reduce((sum, { looked }) => sum + looked, 0),
    matched: reports.reduce((sum, { matched }) => sum + matched, 0),
    hit: reports.reduce((sum, { hit }) => sum + hit, 0),
    copies: sumOf(reports.map(({ copies }) => copies)),
    sums: sumOf(reports.map(({ sums }) => sums)),
  };
}

function sumOf(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

export function withoutZeros(tally: Tally): Partial<Tally> {
  return Object.fromEntries(Object.entries(tally).filter(([, count]) => count > 0));
}
