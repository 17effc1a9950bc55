/** Removes nodes for good: their names are not used again. */
import * as Type from 'typebox';
import { anyState } from '../states.ts';
import { nodeAction } from '../verb.ts';

export const remove = nodeAction({
  name: 'remove',
  summary: 'remove nodes from the cluster; each gets two seconds to hand over first',
  accepts: anyState,
  isFault: true,
  route: { method: 'DELETE', path: '/v1/nodes/:nodes' },
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
});
