/** The end of all that is wrong with the network, or with everything. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';

export const heal = clusterVerb({
  name: 'heal',
  summary: 'remove every rule; held messages go on, delayed ones arrive at their time',
  route: { method: 'POST', path: '/v1/heal' },
  options: Type.Object(
    {
      drop: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'drop the messages that rules have delayed or hold',
        }),
      ),
      all: Type.Optional(
        Type.Boolean({
          default: false,
          description:
            'also end the faults of nodes: correct clocks and disks, full speed, paused nodes resumed, and those that do not run started',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: 'Healed',
  errors: ['NODE_START_FAILED'],
  isFault: false,
  starts: true,
  help: {
    notes: 'To restart the cluster as it was at first, with empty disks: reset',
    examples: [
      'heal',
      'heal --drop',
      ['heal --all', 'end every fault: rules, clocks, disks, paused, slow and stopped nodes'],
    ],
  },
  read: ({ drop = false, all = false }) => ({ drop, all }),
});
