/**
 * What is wrong with a node's disk. The faults come from the supervisor as data; what they do to one
 * write is a function of seed, node, incarnation, file and the number of the write, and of nothing
 * else: the same write has the same outcome, whatever else happens.
 */
import { createHash } from 'node:crypto';
import type { DiskFaults } from '@faultline/protocol';

export interface DiskTroubleOptions {
  readonly seed: string;
  readonly node: string;
  readonly incarnation: number;
  /** A write failed because of a fault. */
  readonly onFailure: (fault: 'full' | 'error', file: string, write: number) => void;
}

/** A disk works in true time. Bound before the node's clock replaces the timers. */
const later = setTimeout;

export const soundDisk: DiskFaults = { slowMs: null, full: false, errorShare: 0, torn: false };

export class DiskTrouble {
  readonly #options: DiskTroubleOptions;
  #faults: DiskFaults;

  constructor(options: DiskTroubleOptions, faults: DiskFaults = soundDisk) {
    this.#options = options;
    this.#faults = faults;
  }

  set(faults: DiskFaults): void {
    this.#faults = faults;
  }

  /** To be called before a write. Takes as long as it is to take; throws as the system would. */
  async meet(file: string, write: number): Promise<void> {
    const { slowMs } = this.#faults;
    if (slowMs !== null) {
      const ms = quantile(slowMs, this.#draw(file, write, 'slow'));
      await new Promise((resolve) => later(resolve, ms));
    }
    // Read again: it may have been repaired while the write waited.
    const { full, errorShare } = this.#faults;
    if (full) {
      this.#options.onFailure('full', file, write);
      throw systemError('ENOSPC', 'no space left on device');
    }
    if (errorShare > 0 && this.#draw(file, write, 'error') < errorShare) {
      this.#options.onFailure('error', file, write);
      throw systemError('EIO', 'i/o error');
    }
  }

  /** How much of a record of this many bytes is on disk before it is synced: a part, or nothing. */
  tornBytes(file: string, record: number, bytes: number): number {
    const { torn, full } = this.#faults;
    if (!torn || full) return 0;
    return 1 + Math.floor(this.#draw(file, record, 'torn') * (bytes - 1));
  }

  #draw(file: string, number: number, what: string): number {
    const { seed, node, incarnation } = this.#options;
    const key = ['disk', seed, node, incarnation, file, number, what].join('\n');
    return createHash('sha256').update(key).digest().readUIntBE(0, 6) / 2 ** 48;
  }
}

/** Of a table of quantiles that are equally far apart, in between by interpolation. */
function quantile(table: readonly number[], share: number): number {
  const at = share * (table.length - 1);
  const below = table[Math.floor(at)]!;
  const above = table[Math.ceil(at)]!;
  return below + (at - Math.floor(at)) * (above - below);
}

function systemError(code: string, says: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${says} (injected fault)`), { code });
}
