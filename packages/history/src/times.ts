import type { Operation } from './operation.ts';

/** Until when an operation may have taken effect, in ms of true time. Infinity for an unknown one. */
export const endOf = ({ type, endedMs, invokedMs }: Operation): number =>
  type === 'info' || endedMs === null ? Number.POSITIVE_INFINITY : Math.max(endedMs, invokedMs);
