/** Ends a process without warning. Its disk stays. */
import * as Type from 'typebox';
import { runningOrToRestart } from '../states.ts';
import { nodeFault } from '../verb.ts';

export const kill = nodeFault({
  name: 'kill',
  summary: 'kill nodes at once, as a power cut would (SIGKILL)',
  accepts: runningOrToRestart,
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
  undo: () => ({ verb: 'start' }),
  describe: () => 'killed',
});
