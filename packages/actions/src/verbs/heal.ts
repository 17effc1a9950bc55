/** The end of all that is wrong with the network. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';

export const heal = clusterVerb({
  name: 'heal',
  summary: 'remove every rule; held messages go on',
  route: { method: 'POST', path: '/v1/heal' },
  options: Type.Object({}, { additionalProperties: false }),
  answer: 'RulesChanged',
  isFault: false,
  read: () => null,
});
