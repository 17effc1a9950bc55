/** Zones of nodes, and the network between them. */
import { type Static, Type } from 'typebox';
import { RuleStatus } from './rules.ts';
import { text } from './shapes.ts';

export const Geography = Type.Object(
  {
    zones: text('which nodes are where: eu: n1,n2 | us: n3,n4'),
    between: Type.Optional(
      Type.Array(
        Type.Object(
          {
            zones: text('such as eu,us, or eu,eu'),
            is: text('a profile, or a delay one way: 90ms'),
          },
          { additionalProperties: false },
        ),
        { maxItems: 1000, description: 'what lies between two zones, where it is not as usual' },
      ),
    ),
    within: Type.Optional(text('a profile, or a delay: same-dc, the default')),
    across: Type.Optional(text('a profile, or a delay: intercontinental, the default')),
    for: Type.Optional(text('ends by itself after this long: 10s')),
  },
  { additionalProperties: false },
);
export type Geography = Static<typeof Geography>;

export const ZonePair = Type.Object({
  zones: Type.Array(Type.String(), { description: 'two names, or the same one twice' }),
  nodes: Type.Array(Type.Array(Type.String())),
  is: text('a profile, or a delay'),
});
export type ZonePair = Static<typeof ZonePair>;

export const GeographyInForce = Type.Object({
  pairs: Type.Array(ZonePair, { description: 'none: there is no geography' }),
  endsInMs: Type.Union([Type.Number(), Type.Null()], { description: 'null: not by itself' }),
});
export type GeographyInForce = Static<typeof GeographyInForce>;

export const Placed = Type.Object({
  pairs: Type.Array(ZonePair),
  added: Type.Array(RuleStatus),
  removed: Type.Array(RuleStatus),
});
export type Placed = Static<typeof Placed>;
