/** A stopped process: its links stay up, and it answers nothing. */
import { eventKind } from '@faultline/protocol';
import * as Type from 'typebox';
import { running } from '../states.ts';
import { nodeFault } from '../verb.ts';

const events = {
  'node.paused': eventKind({
    about: 'node',
    meaning: 'The process has been stopped in its tracks (SIGSTOP).',
    says: () => 'paused',
  }),
};

export const pause = nodeFault({
  name: 'pause',
  summary: 'stop nodes in their tracks: alive, connected, silent (SIGSTOP)',
  accepts: running,
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
  undo: () => ({ verb: 'resume' }),
  describe: () => 'paused',
  events,
  interval: {
    kind: 'pause',
    after: { 'node.paused': () => 'paused' },
    endsAfter: ['node.resumed'],
    endsWithProcess: true,
    hitsProcess: true,
  },
});
