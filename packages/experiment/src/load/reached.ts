/** How fast clients have asked, and whether that is what was asked for and required of them. Pure. */
import { FaultlineError } from '@faultline/protocol';
import type { Pace } from '../workloads/workload.ts';

/** Operations a second, of all clients together. */
export interface Reached {
  readonly perSecond: number;
  /** What the load asked for. Omitted: nothing. */
  readonly rate?: number;
  /** What it requires. Omitted: nothing. */
  readonly minRate?: number;
}

/** A client that waits for its last answer has not been slower. Closer than this is as asked. */
const toleratedShare = 0.95;

/** `tookMs`: from the first question to the last answer; `asked`: how many questions. */
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

/** A sentence where the load was slower than asked for; null where it was not. */
export function slowness({ perSecond, rate }: Partial<Reached>): string | null {
  if (perSecond === undefined || rate === undefined) return null;
  if (perSecond >= rate * toleratedShare) return null;
  return `The load asked for ${rate} operations a second and reached ${perSecond}: its clients wait for answers, so more clients ask faster.`;
}

/** Why the load does not count; null where it does. */
export function shortfall({ perSecond, minRate }: Partial<Reached>): string | null {
  if (perSecond === undefined || minRate === undefined || perSecond >= minRate) return null;
  return `the load reached ${perSecond} operations a second, and minRate requires ${minRate}`;
}

/** Throws LOAD_TOO_SLOW. */
export function requireReached(workload: string, reached: Reached): void {
  const why = shortfall(reached);
  if (why === null) return;
  throw new FaultlineError('LOAD_TOO_SLOW', `${why}: give it more clients, or require less`, {
    workload,
    ...reached,
  });
}
