/** The whole process group stops. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const pause: NodePerformer<RequestOf<'pause'>> = {
  perform: (node) => node.pause(),
};
