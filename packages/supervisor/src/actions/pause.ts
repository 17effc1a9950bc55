/** The whole process group stops. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const pause: NodePerformer<AskedOf<'pause'>> = {
  perform: (node) => node.pause(),
};
