/** The end of a geography: `off` in plans, commands and tests. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';

export const endGeography = clusterVerb({
  name: 'endGeography',
  summary: 'remove the rules of every geography',
  route: { method: 'DELETE', path: '/v1/geography' },
  options: Type.Object(
    {
      owner: Type.Optional(
        Type.String({
          description: 'remove only the geography of this owner',
          examples: ['ops'],
        }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: 'RulesChanged',
  isFault: false,
  /** Of owner null: every geography. */
  read: ({ owner }) => ({ owner: owner ?? null }),
  forms: {},
});
