/** Lets the program shut down; SIGKILL follows after the grace period. Cancels a planned restart. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const stop: NodePerformer<RequestOf<'stop'>> = {
  perform: (node) => node.stop(),
};
