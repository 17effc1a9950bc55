/** Ends a process gracefully. */
import * as Type from 'typebox';
import { runningOrToRestart } from '../states.ts';
import { nodeFault } from '../verb.ts';

export const stop = nodeFault({
  name: 'stop',
  summary: 'stop nodes gracefully',
  accepts: runningOrToRestart,
  options: Type.Object({}, { additionalProperties: false }),
  read: () => null,
  undo: () => ({ verb: 'start' }),
  describe: () => 'stopped',
});
