/** The end of a pause; of a node that is not paused, the end of its slowness. */
import { eventKind } from '@faultline/protocol';
import * as Type from 'typebox';
import { running } from '../states.ts';
import { nodeAction } from '../verb.ts';

const events = {
  'node.resumed': eventKind({
    about: 'node',
    meaning: 'The paused process runs again (SIGCONT).',
    says: () => 'resumed',
  }),
};

export const resume = nodeAction({
  name: 'resume',
  summary: 'let paused nodes go on, as if no time had passed',
  accepts: running,
  isFault: false,
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
  events,
});
