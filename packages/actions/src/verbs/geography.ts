/** Zones of nodes with networks between them, and their end. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { duration, zones } from '../texts.ts';

export const geography = clusterVerb({
  name: 'geography',
  summary: 'put nodes into zones, with networks between, in the place of an earlier geography',
  route: { method: 'POST', path: '/v1/geography' },
  options: Type.Object(
    {
      zones: Type.String({ description: 'which nodes are where: eu: n1,n2 | us: n3,n4' }),
      between: Type.Optional(
        Type.Array(
          Type.Object(
            {
              zones: Type.String({ description: 'such as eu,us, or eu,eu' }),
              is: Type.String({ description: 'a profile, or a delay one way: 90ms' }),
            },
            { additionalProperties: false },
          ),
          {
            maxItems: 1000,
            description: 'what lies between two zones, where it is not as usual',
          },
        ),
      ),
      within: Type.Optional(
        Type.String({ description: 'a profile, or a delay: same-dc, the default' }),
      ),
      across: Type.Optional(
        Type.String({ description: 'a profile, or a delay: intercontinental, the default' }),
      ),
      owner: Type.Optional(
        Type.String({
          description:
            'who places the nodes: it takes the place of an earlier geography of the same owner, and `heal --owner` ends it',
          examples: ['ops'],
        }),
      ),
      for: Type.Optional(
        Type.String({ description: 'end by itself after this long', examples: ['10s'] }),
      ),
    },
    { additionalProperties: false },
  ),
  texts: { zones, for: duration },
  answer: 'Placed',
  errors: ['BAD_SELECTOR', 'BAD_RULE', 'NODE_UNKNOWN'],
  isFault: true,
  undo: 'rules',
  read: (options) => options,
  forms: {
    geography: {
      summary: 'put nodes into zones, with networks between them that have a name',
      subject: 'options',
      off: 'endGeography',
      options: ['owner', 'for'],
    },
  },
});
