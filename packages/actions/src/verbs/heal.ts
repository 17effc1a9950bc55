/** The end of all that is wrong with the network. */
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
    },
    { additionalProperties: false },
  ),
  answer: 'RulesChanged',
  isFault: false,
  help: { examples: ['heal', 'heal --drop'] },
  read: ({ drop = false }) => ({ drop }),
});
