/** For programs that keep nothing else: which start of the node this is, over all runs of the cluster. */
import type { Node } from '@faultline/node';

const file = 'starts';

export interface Start {
  /** Counted on this disk. */
  readonly number: number;
  /** Resolves when no later start can have the same number. Rejects where the disk refuses. */
  sealed(): Promise<void>;
}

/** Incarnations begin with 1 again when the cluster is started again. */
export function countStart({ disk, incarnation }: Node): Start {
  const last = Number(disk.read(file).at(-1) ?? 0);
  const number = Math.max(incarnation, last + 1);
  let sealing: Promise<void> | undefined;
  return {
    number,
    sealed() {
      sealing ??= disk.replace(file, [number]);
      // Next time it may not.
      sealing.catch(() => {
        sealing = undefined;
      });
      return sealing;
    },
  };
}
