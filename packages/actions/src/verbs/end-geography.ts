/** The end of a geography. Plans, commands and tests say it by `off`. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';

export const endGeography = clusterVerb({
  name: 'endGeography',
  summary: 'remove the rules of the geography',
  route: { method: 'DELETE', path: '/v1/geography' },
  options: Type.Object({}, { additionalProperties: false }),
  answer: 'RulesChanged',
  isFault: false,
  read: () => null,
  forms: {},
});
