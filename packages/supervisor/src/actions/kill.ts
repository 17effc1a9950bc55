/** Sends SIGKILL to the process group. Cancels a planned restart. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const kill: NodePerformer<AskedOf<'kill'>> = {
  perform: (node) => node.kill(),
};
