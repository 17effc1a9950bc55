/** The mark at the end of a message's line: what became of it is not said by color alone. */
import type { CopyStatus } from '../model/copy-status.ts';

/** `arrow`: it arrived; `cross`: lost on the way; `bar`: cut off; `ring`: it waits in the router. */
export type Mark = 'arrow' | 'cross' | 'bar' | 'ring';

export const markOf: Readonly<Record<CopyStatus, Mark>> = {
  delivered: 'arrow',
  duplicate: 'arrow',
  altered: 'arrow',
  unused: 'arrow',
  late: 'arrow',
  held: 'ring',
  waiting: 'ring',
  lost: 'cross',
  cut: 'bar',
  undelivered: 'cross',
};
