/** What is wrong with a node's disk, as the node's host needs it, and in words. Pure. */
import type { AskedOfDisk } from '@faultline/actions';
import { parseDistribution } from '@faultline/faults';
import { type DiskFaults, formatPercent, type NodeFault } from '@faultline/protocol';

export interface DiskState {
  /** A distribution's text. */
  readonly slow: string | null;
  readonly full: boolean;
  readonly errorShare: number;
  readonly torn: boolean;
}

export const healthyDisk: DiskState = { slow: null, full: false, errorShare: 0, torn: false };

/** Quantiles that a delay is drawn from. What is beyond the last is as rare as one write in 2000. */
const quantiles = 1000;
const lastQuantile = 0.9995;

/** What is not named stays as it is; the same state comes back where nothing changes. */
export function changeDisk(state: DiskState, asked: AskedOfDisk): DiskState {
  if (asked.off) return healthyDisk;
  const { slow, full, errorShare, torn } = asked;
  if ([slow, full, errorShare, torn].every((named) => named === undefined)) return state;
  return {
    slow: slow === undefined ? state.slow : slow.quantile(lastQuantile) === 0 ? null : slow.text,
    full: full ?? state.full,
    errorShare: errorShare ?? state.errorShare,
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
