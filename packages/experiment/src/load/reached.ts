/** How fast the clients were, and whether that is the requested and required rate. Pure. */
import { FaultlineError } from '@faultline/protocol';
import type { Pace } from '../workloads/workload.ts';

/** Operations per second, all clients together. */
export interface Reached {
  readonly perSecond: number;
  /** The requested rate, if any. */
  readonly rate?: number;
  /** The required rate, if any. */
  readonly minRate?: number;
}

/** Tolerance, because waiting for the last reply does not make a client slower. */
const toleratedShare = 0.95;

/** `tookMs`: from the first request to the last reply; `asked`: the number of requests. */
export function reachedBy(
  { forMs, rate, minRate }: Pick<Pace, 'forMs' | 'rate' | 'minRate'>,
  asked: number,
  tookMs: number,
): Reached {
  const perSecond = (1000 * asked) / Math.max(1, Math.min(forMs, tookMs));
  return {
    perSecond: Math.round(perSecond * 10) / 10,
    ...(rate === undefined ? {} : { rate }),
    ...(minRate === undefined ? {} : { minRate }),
  };
}

/** A sentence if the load was slower than requested; otherwise null. */
export function slowness({ perSecond, rate }: Partial<Reached>): string | null {
  if (perSecond === undefined || rate === undefined) return null;
  if (perSecond >= rate * toleratedShare) return null;
  return `The load reached ${perSecond} of the requested ${rate} operations per second: its clients wait for replies, so more clients reach a higher rate.`;
}

/** Why the load does not count; null if it does. */
export function shortfall({ perSecond, minRate }: Partial<Reached>): string | null {
  if (perSecond === undefined || minRate === undefined || perSecond >= minRate) return null;
  return `the load reached ${perSecond} operations per second, but minRate requires ${minRate}`;
}

/** Throws LOAD_TOO_SLOW. */
export function requireReached(workload: string, reached: Reached): void {
  const why = shortfall(reached);
  if (why === null) return;
  throw new FaultlineError('LOAD_TOO_SLOW', `${why}: give it more clients, or lower minRate`, {
    workload,
    ...reached,
  });
}
