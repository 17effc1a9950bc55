/** A process that is stopped and knows nothing of it: its links stay up, and it answers nothing. */
import * as Type from 'typebox';
import { running } from '../states.ts';
import { nodeFault } from '../verb.ts';

export const pause = nodeFault({
  name: 'pause',
  summary: 'stop nodes in their tracks: alive, connected, silent (SIGSTOP)',
  accepts: running,
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
  undo: () => ({ verb: 'resume' }),
  describe: () => 'paused',
  interval: {
    kind: 'pause',
    after: { 'node.paused': () => 'paused', 'node.resumed': () => null },
    endsWithProcess: true,
    hitsProcess: true,
  },
});
