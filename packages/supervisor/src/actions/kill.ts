/** SIGKILL to the process group; a restart that was planned is cancelled. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const kill: NodePerformer<AskedOf<'kill'>> = {
  perform: (node) => node.kill(),
};
