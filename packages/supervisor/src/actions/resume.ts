/** Continues the whole process group. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const resume: NodePerformer<RequestOf<'resume'>> = {
  perform: (node) => node.resume(),
};
