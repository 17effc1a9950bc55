/** Whether a cluster has come to rest. */
import type { RouterStats } from '@faultline/protocol';

/**
 * No delayed message, and no receiver that does not read. Held messages are meant to wait, and do not
 * count. Seen twice in a row it is rest: what is sent on as it arrives was between the two.
 */
export const nothingWaits = ({ waiting, queuedBytes }: RouterStats): boolean =>
  waiting === 0 && Object.values(queuedBytes).every((bytes) => bytes === 0);
