/** The end of all that is wrong with the network, or with everything. */
import { FaultlineError } from '@faultline/protocol';
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
      owner: Type.Optional(
        Type.String({ description: 'remove only the rules of this owner', examples: ['ops'] }),
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
      ['heal --owner ops', "end one administrator's rules, and leave those of others"],
      ['heal --all', 'end every fault: rules, clocks, disks, paused, slow and stopped nodes'],
    ],
  },
  /** Of owner null: every rule. Throws BAD_REQUEST. */
  read({ drop = false, all = false, owner }) {
    if (!all || owner === undefined) return { drop, all, owner: owner ?? null };
    throw new FaultlineError('BAD_REQUEST', 'owner and all: faults of nodes have no owner');
  },
});
