/** The bits that are to be flipped are found on all disks before the first disk is touched. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const disk: NodePerformer<AskedOf<'disk'>> = {
  check: (nodes, asked, { disks }) => disks.check(nodes, asked),
  performAll: (nodes, asked, { disks }) => disks.change(nodes, asked),
};
