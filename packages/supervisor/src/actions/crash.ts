/** The node's host crashes at the point, in this process or in a later one. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const crash: NodePerformer<RequestOf<'crash'>> = {
  perform: (node, when) => node.crashAt(when),
};
