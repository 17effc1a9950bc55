/** What the actions take: the bodies of their routes. */

import { type Static, Type } from 'typebox';
import { text } from './shapes.ts';

export const Partition = Type.Object(
  {
    groups: Type.Optional(text('sides that cannot reach each other: n1,n2 | n3,n4,n5')),
    isolate: Type.Optional(text('nodes that each stand alone')),
    bridge: Type.Optional(text('one node that still sees both halves')),
    ring: Type.Optional(
      Type.Boolean({ description: 'everybody sees a majority, nobody the same one' }),
    ),
    oneWay: Type.Optional(
      Type.Boolean({ description: 'only messages from a group to the groups behind it are cut' }),
    ),
    for: Type.Optional(text('heals by itself after this long: 10s')),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type Partition = Static<typeof Partition>;
