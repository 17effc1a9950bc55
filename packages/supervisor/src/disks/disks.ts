/**
 * The nodes' disks: their locations, their faults and their flipped bits. The choice of a bit is a
 * function of the seed, the file and the number of earlier flips.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskRequest, RecordEvent } from '@faultline/actions';
import { deriveKey, uniform } from '@faultline/faults';
import type { NodeProcess } from '../nodes/node-process.ts';
import { onDisk } from '../state/disk-errors.ts';
import { changeDisk, describeDisk, isHealthy } from './disk-change.ts';
import { type DiskOwner, removeOwner, writeOwner } from './disk-owner.ts';
import { type Bit, findBit, flipBit } from './flip-bit.ts';

export interface DisksOptions {
  readonly seed: string;
  /** The parent of the nodes' disk directories. */
  readonly dir: string;
  readonly record: RecordEvent;
}

export class Disks {
  readonly #options: DisksOptions;
  /** The number of bits flipped on each node's disk. */
  readonly #flips = new Map<string, number>();

  constructor(options: DisksOptions) {
    this.#options = options;
  }

  dirOf(id: string): string {
    return join(this.#options.dir, id);
  }

  /** Throws DISK_FULL, DISK_ERROR. */
  make(id: string): void {
    onDisk(`create the disk of ${id}`, () =>
      mkdirSync(this.dirOf(id), { recursive: true, mode: 0o700 }),
    );
  }

  wipe(id: string): void {
    onDisk(`wipe the disk of ${id}`, () => {
      rmSync(this.dirOf(id), { recursive: true, force: true });
      removeOwner(this.#options.dir, id);
    });
  }

  /** Records the program that is about to run as the owner of the disk. Throws DISK_FULL, DISK_ERROR. */
  own(id: string, owner: DiskOwner): void {
    onDisk(`write the owner of the disk of ${id}`, () => writeOwner(this.#options.dir, id, owner));
  }

  /** Throws NOT_FOUND if there is nothing to flip. */
  check(nodes: readonly NodeProcess[], { flip }: DiskRequest): void {
    if (flip !== undefined) for (const node of nodes) this.#findBit(node, flip);
  }

  /** Makes a change that has passed `check`. Resolves when the programs have it. */
  async change(nodes: readonly NodeProcess[], request: DiskRequest): Promise<void> {
    const { record } = this.#options;
    const { change, flip } = request;
    const bits = nodes.map((node) => (flip === undefined ? null : this.#findBit(node, flip)));
    const acknowledged: Promise<void>[] = [];
    for (const [i, node] of nodes.entries()) {
      const disk = changeDisk(node.disk, request);
      if (disk !== node.disk) {
        acknowledged.push(node.setDisk(disk));
        record('disk.changed', node.id, {
          change,
          describes: describeDisk(disk),
          isHealthy: isHealthy(disk),
        });
      }
      const bit = bits[i];
      if (!bit) continue;
      onDisk(`flip a bit on the disk of ${node.id}`, () => flipBit(bit));
      this.#flips.set(node.id, this.#nextFlip(node));
      record('disk.flipped', node.id, { ...bit });
    }
    await Promise.all(acknowledged);
  }

  #findBit(node: NodeProcess, file: string): Bit {
    const count = this.#nextFlip(node);
    const key = deriveKey(this.#options.seed, 'flip', node.id, file);
    const draw = (which: number): number => uniform(key, count, which);
    return onDisk(`read the disk of ${node.id}`, () =>
      findBit(node.id, this.dirOf(node.id), file, draw),
    );
  }

  #nextFlip({ id }: NodeProcess): number {
    return (this.#flips.get(id) ?? 0) + 1;
  }
}
