/** What is wrong with a node's disk, as it is asked for, as the node's host needs it, and in words. Pure. */
import { parseDistribution } from '@faultline/faults';
import {
  type DiskChange,
  type DiskFaults,
  FaultlineError,
  formatPercent,
  type NodeFault,
  parsePercent,
} from '@faultline/protocol';

export interface DiskState {
  /** A distribution's text. */
  readonly slow: string | null;
  readonly full: boolean;
  readonly errorShare: number;
  readonly torn: boolean;
}

export const wellDisk: DiskState = { slow: null, full: false, errorShare: 0, torn: false };

/** Quantiles that a delay is drawn from. What is beyond the last is as rare as one write in 2000. */
const quantiles = 1000;
const lastQuantile = 0.9995;

/**
 * What a command does not name stays as it is; the same state comes back where nothing changes.
 * Throws BAD_REQUEST, BAD_DISTRIBUTION, BAD_PERCENT.
 */
export function changeDisk(state: DiskState, change: DiskChange): DiskState {
  const { slow, full, error, torn, off, flip } = change;
  const named = Object.entries(change).flatMap(([name, value]) => (value === false ? [] : [name]));
  if (off && named.length > 1) {
    const others = named.filter((name) => name !== 'off').join(', ');
    throw new FaultlineError(
      'BAD_REQUEST',
      `off makes the disk well and takes nothing beside it: off first, then ${others}`,
      { settings: named },
    );
  }
  if (full && error !== undefined) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'full and error contradict each other: a full disk refuses every write; name one of them',
      { settings: ['full', 'error'] },
    );
  }
  if (off) return wellDisk;
  if (flip !== undefined && named.length === 1) return state;
  const delay = slow === undefined ? undefined : parseDistribution(slow);
  return {
    slow: delay === undefined ? state.slow : delay.quantile(lastQuantile) === 0 ? null : delay.text,
    full: full ?? state.full,
    errorShare: error === undefined ? state.errorShare : parsePercent(error),
    torn: torn ?? state.torn,
  };
}

export function faultsOf({ slow, full, errorShare, torn }: DiskState): DiskFaults {
  return { slowMs: slow === null ? null : tableOf(slow), full, errorShare, torn };
}

function tableOf(text: string): number[] {
  const { quantile } = parseDistribution(text);
  return Array.from({ length: quantiles + 1 }, (_, i) =>
    quantile(Math.min(i / quantiles, lastQuantile)),
  );
}

export const isHealthy = (state: DiskState): boolean => faultsIn(state).length === 0;

/** `well`, or `full, torn`. */
export function describeDisk(state: DiskState): string {
  const faults = faultsIn(state);
  return faults.length === 0 ? 'well' : faults.join(', ');
}

function faultsIn({ slow, full, errorShare, torn }: DiskState): string[] {
  return [
    ...(slow === null ? [] : [`slow ${slow}`]),
    ...(full ? ['full'] : []),
    ...(errorShare === 0 ? [] : [`error ${formatPercent(errorShare)}`]),
    ...(torn ? ['torn'] : []),
  ];
}

export function diskStatus(state: DiskState): NodeFault | undefined {
  if (isHealthy(state)) return undefined;
  return {
    kind: 'disk',
    explains: `disk: ${describeDisk(state)}`,
    endsInMs: null,
    facts: { ...state },
  };
}
