/** A kill and a start in one; also starts nodes that are not running. */
import { anyState } from '../states.ts';
import { nodeAction } from '../verb.ts';
import { startOptions } from './start-options.ts';

export const restart = nodeAction({
  name: 'restart',
  summary: 'kill nodes and start them again',
  accepts: anyState,
  starts: true,
  isFault: true,
  ...startOptions,
  help: {
    examples: [
      'restart n3',
      'restart n1 n2',
      'restart random:2',
      ['restart n3 --program ./v2.ts', 'one node runs another version'],
      ['restart n3 -- python3 node.py', 'one node runs any executable that joins $FAULTLINE_LINK'],
      ['restart n3 --program kv', 'and back'],
    ],
  },
});
