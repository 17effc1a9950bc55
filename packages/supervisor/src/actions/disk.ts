/** Finds the bits to flip on all disks before it changes the first disk. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const disk: NodePerformer<AskedOf<'disk'>> = {
  check: (nodes, asked, { disks }) => disks.check(nodes, asked),
  performAll: (nodes, asked, { disks }) => disks.change(nodes, asked),
};
