/** Zones of nodes, and the network between them. */
import { type Static, Type } from 'typebox';
import { InFlight, RuleStatus } from './rules.ts';
import { text } from './shapes.ts';

export const ZonePair = Type.Object({
  zones: Type.Array(Type.String(), { description: 'two names, or the same one twice' }),
  nodes: Type.Array(Type.Array(Type.String())),
  is: text('a profile, or a delay'),
  owner: Type.Optional(text('who placed the nodes; omitted: no owner')),
});
export type ZonePair = Static<typeof ZonePair>;

export const GeographyInForce = Type.Object({
  pairs: Type.Array(ZonePair, { description: 'none: no geography in force' }),
  endsInMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'null: it does not end automatically',
  }),
});
export type GeographyInForce = Static<typeof GeographyInForce>;

export const Placed = Type.Object({
  pairs: Type.Array(ZonePair),
  added: Type.Array(RuleStatus),
  removed: Type.Array(RuleStatus),
  inFlight: InFlight,
});
export type Placed = Static<typeof Placed>;
