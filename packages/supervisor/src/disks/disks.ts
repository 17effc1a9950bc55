/**
 * The nodes' disks: where each lies, what is wrong with it, and which bits were flipped on it. Which
 * bit that is follows from the seed, the file and how many were flipped before.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordEvent } from '@faultline/actions';
import { deriveKey, uniform } from '@faultline/faults';
import type { DiskChange } from '@faultline/protocol';
import type { NodeProcess } from '../nodes/node-process.ts';
import { requireSdk } from '../nodes/require-sdk.ts';
import { onDisk } from '../state/disk-errors.ts';
import { changeDisk, type DiskState, describeDisk, isHealthy } from './disk-change.ts';
import { type Bit, findBit, flipBit } from './flip-bit.ts';

export interface DisksOptions {
  readonly seed: string;
  /** Every node's disk is a directory in this one. */
  readonly dir: string;
  readonly record: RecordEvent;
}

/** A change of one disk that can be made. */
interface Planned {
  readonly node: NodeProcess;
  readonly disk: DiskState;
  readonly bit: Bit | undefined;
}

export class Disks {
  readonly #options: DisksOptions;
  /** Bits that were flipped on each node's disk. */
  readonly #flips = new Map<string, number>();

  constructor(options: DisksOptions) {
    this.#options = options;
  }

  dirOf(id: string): string {
    return join(this.#options.dir, id);
  }

  wipe(id: string): void {
    onDisk(`wipe the disk of ${id}`, () =>
      rmSync(this.dirOf(id), { recursive: true, force: true }),
    );
  }

  /** What `make` is to do. Throws NODE_CANNOT, and what is wrong with the change; no disk is touched. */
  plan(nodes: readonly NodeProcess[], change: DiskChange): Planned[] {
    for (const node of nodes) {
      requireSdk(node, "its disk is the machine's and cannot be made to fail");
    }
    const { flip } = change;
    const disks = nodes.map((node) => changeDisk(node.disk, change));
    return nodes.map((node, i) => ({
      node,
      disk: disks[i]!,
      bit: flip === undefined ? undefined : this.#findBit(node, flip),
    }));
  }

  /** Resolves when the programs have it. */
  async make(planned: readonly Planned[], change: DiskChange): Promise<void> {
    const { record } = this.#options;
    const heard: Promise<void>[] = [];
    for (const { node, disk, bit } of planned) {
      if (disk !== node.disk) {
        heard.push(node.setDisk(disk));
        record('disk.changed', node.id, {
          change,
          describes: describeDisk(disk),
          isHealthy: isHealthy(disk),
        });
      }
      if (bit === undefined) continue;
      onDisk(`flip a bit on the disk of ${node.id}`, () => flipBit(bit));
      record('disk.flipped', node.id, { ...bit });
    }
    await Promise.all(heard);
  }

  #findBit(node: NodeProcess, file: string): Bit {
    const count = (this.#flips.get(node.id) ?? 0) + 1;
    this.#flips.set(node.id, count);
    const key = deriveKey(this.#options.seed, 'flip', node.id, file);
    const draw = (which: number): number => uniform(key, count, which);
    return onDisk(`read the disk of ${node.id}`, () =>
      findBit(node.id, this.dirOf(node.id), file, draw),
    );
  }
}
