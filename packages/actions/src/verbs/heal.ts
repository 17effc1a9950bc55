/** Ends the faults of the network, or all faults. */
import { FaultlineError } from '@faultline/protocol';
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';

export const heal = clusterVerb({
  name: 'heal',
  summary: 'remove all rules and release held messages; delayed ones arrive when due',
  route: { method: 'POST', path: '/v1/heal' },
  options: Type.Object(
    {
      drop: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'drop delayed and held messages instead of delivering them',
        }),
      ),
      owner: Type.Optional(
        Type.String({ description: 'remove only the rules of this owner', examples: ['ops'] }),
      ),
      all: Type.Optional(
        Type.Boolean({
          default: false,
          description:
            'also end the faults of nodes: correct their clocks and disks, restore full speed, resume paused nodes, start stopped ones',
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
    notes: 'To restart the cluster in its initial state, with empty disks, use `reset`.',
    examples: [
      'heal',
      'heal --drop',
      ['heal --owner ops', 'remove only the rules of one administrator'],
      ['heal --all', 'end every fault: rules, clocks, disks, paused, slow and stopped nodes'],
    ],
  },
  /** `owner` null: all rules. Throws BAD_REQUEST. */
  read({ drop = false, all = false, owner }) {
    if (!all || owner === undefined) return { drop, all, owner: owner ?? null };
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected owner or all, not both: faults of nodes have no owner',
    );
  },
});
