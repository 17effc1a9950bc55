/** Ends a pause; if the node is not paused, restores its full speed. */
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
  summary: 'resume paused nodes, as if no time had passed',
  accepts: running,
  isFault: false,
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
  events,
});
