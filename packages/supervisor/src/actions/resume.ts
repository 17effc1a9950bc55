/** Continues the whole process group. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const resume: NodePerformer<AskedOf<'resume'>> = {
  perform: (node) => node.resume(),
};
