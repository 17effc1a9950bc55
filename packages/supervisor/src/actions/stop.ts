/** The program may finish; SIGKILL follows when its time is over. A planned restart is cancelled. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const stop: NodePerformer<AskedOf<'stop'>> = {
  perform: (node) => node.stop(),
};
