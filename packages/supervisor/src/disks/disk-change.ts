/** The faults of a node's disk, in the form for the node's host, and as text. Pure. */
import type { DiskRequest } from '@faultline/actions';
import { parseDistribution } from '@faultline/faults';
import { type DiskFaults, formatPercent, type NodeFault } from '@faultline/protocol';

export interface DiskState {
  /** The text of a distribution. */
  readonly slow: string | null;
  readonly full: boolean;
  readonly errorShare: number;
  readonly torn: boolean;
}

export const healthyDisk: DiskState = { slow: null, full: false, errorShare: 0, torn: false };

/** Quantiles from which a delay is drawn. Values beyond the last are as rare as one write in 2000. */
const quantiles = 1000;
const lastQuantile = 0.9995;

/** Keeps all properties that are not named; returns the same state if nothing changes. */
export function changeDisk(state: DiskState, request: DiskRequest): DiskState {
  if (request.off) return healthyDisk;
  const { slow, full, errorShare, torn } = request;
  if ([slow, full, errorShare, torn].every((value) => value === undefined)) return state;
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

/** `healthy`, or `full, torn`. */
export function describeDisk(state: DiskState): string {
  const faults = faultsIn(state);
  return faults.length === 0 ? 'healthy' : faults.join(', ');
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
