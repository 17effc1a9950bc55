/** The end of a pause; of a node that is not paused, the end of its slowness. */
import * as Type from 'typebox';
import { running } from '../states.ts';
import { nodeAction } from '../verb.ts';

export const resume = nodeAction({
  name: 'resume',
  summary: 'let paused nodes go on, as if no time had passed',
  accepts: running,
  isFault: false,
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
});
