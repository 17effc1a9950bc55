/** Zones of nodes with networks between them, and their end. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { duration, zones } from '../texts.ts';

export const geography = clusterVerb({
  name: 'geography',
  summary: 'place nodes in zones with networks between them, replacing an earlier geography',
  route: { method: 'POST', path: '/v1/geography' },
  options: Type.Object(
    {
      zones: Type.String({ description: 'the zones and their nodes: eu: n1,n2 | us: n3,n4' }),
      between: Type.Optional(
        Type.Array(
          Type.Object(
            {
              zones: Type.String({
                description: 'two zones, such as eu,us, or one with itself: eu,eu',
              }),
              is: Type.String({ description: 'a profile, or a one-way delay: 90ms' }),
            },
            { additionalProperties: false },
          ),
          {
            maxItems: 1000,
            description: 'exceptions: the network between two zones',
          },
        ),
      ),
      within: Type.Optional(
        Type.String({
          description: 'network within a zone: a profile or a delay (default: same-dc)',
        }),
      ),
      across: Type.Optional(
        Type.String({
          description: 'network between zones: a profile or a delay (default: intercontinental)',
        }),
      ),
      owner: Type.Optional(
        Type.String({
          description:
            'who places the nodes: it takes the place of an earlier geography of the same owner, and `heal --owner` ends it',
          examples: ['ops'],
        }),
      ),
      for: Type.Optional(
        Type.String({ description: 'end automatically after this long', examples: ['10s'] }),
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
      summary: 'place nodes in zones, with a named network between each two',
      subject: 'options',
      off: 'endGeography',
      options: ['owner', 'for'],
    },
  },
});
