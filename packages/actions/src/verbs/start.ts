/** Starts nodes that are not running, each with its old disk. */
import { notRunning } from '../states.ts';
import { nodeAction } from '../verb.ts';
import { startOptions } from './start-options.ts';

export const start = nodeAction({
  name: 'start',
  summary: 'start nodes that are not running',
  accepts: notRunning,
  starts: true,
  isFault: false,
  ...startOptions,
  help: {
    examples: [
      'start n3',
      'start n1 n2',
      'start random:2',
      ['start n3 --program ./v2.ts', 'one node runs another version'],
      ['start n3 -- python3 node.py', 'one node runs any executable that joins $FAULTLINE_LINK'],
      ['start n3 --program kv', 'and back'],
    ],
  },
});
