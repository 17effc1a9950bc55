/** Sends SIGKILL to the process group. Cancels a planned restart. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const kill: NodePerformer<RequestOf<'kill'>> = {
  perform: (node) => node.kill(),
};
