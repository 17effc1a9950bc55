/** Finds the bits to flip on all disks before it changes the first disk. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const disk: NodePerformer<RequestOf<'disk'>> = {
  check: (nodes, request, { disks }) => disks.check(nodes, request),
  performAll: (nodes, request, { disks }) => disks.change(nodes, request),
};
