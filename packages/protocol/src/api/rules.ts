/** Rules that are in force, and what they have done. */
import { type Static, Type } from 'typebox';
import { NodeStatus } from './nodes.ts';
import { RuleSpec } from './rule-spec.ts';
import { count, nullable, text } from './shapes.ts';

const counts = {
  looked: count('messages that passed while the rule was there'),
  matched: count('those that it matches, before counts and probability'),
  hit: count('those that it affected'),
  copies: Type.Record(Type.String(), Type.Integer(), {
    description: 'copies by effect',
  }),
  sums: Type.Record(Type.String(), Type.Number(), {
    description: 'totals of the kind, such as a cost',
  }),
};

export const RuleReport = Type.Object({
  ...counts,
  edges: Type.Array(Type.Object({ edge: text('such as n1>n2'), ...counts }), {
    description: 'the links that it affected most',
  }),
});
export type RuleReport = Static<typeof RuleReport>;

export const RuleStatus = Type.Object({
  id: text('such as r1'),
  explains: text('the rule in words'),
  spec: RuleSpec,
  label: nullable(text('the command it came from, such as partition')),
  endsInMs: nullable(Type.Number()),
  report: Type.Optional(
    Type.Union([RuleReport, Type.Null()], {
      description: 'its effects so far, if requested; null: the router does not answer',
    }),
  ),
});
export type RuleStatus = Static<typeof RuleStatus>;

export const AddRules = Type.Object(
  {
    rules: Type.Array(
      Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
      {
        minItems: 1,
        maxItems: 100,
        description:
          'kind, links, settings, and what to match; or profile instead of kind and settings',
      },
    ),
  },
  { additionalProperties: false },
);

export const Rules = Type.Object({ rules: Type.Array(RuleStatus) });

/** What becomes of the messages that rules which are gone had delayed or held. */
export const InFlight = Type.Object({
  released: count('messages that a removed rule held and that were released'),
  delayed: count('delayed messages that are still on their way; each arrives at its time'),
  lastDueInMs: nullable(
    Type.Number({ description: 'when the last of these arrives; null: there are none' }),
  ),
  dropped: count('delayed and held messages that were dropped'),
});
export type InFlight = Static<typeof InFlight>;

export const RulesChanged = Type.Object({
  added: Type.Array(RuleStatus),
  removed: Type.Array(RuleStatus),
  inFlight: InFlight,
});
export type RulesChanged = Static<typeof RulesChanged>;

export const Healed = Type.Object({
  ...RulesChanged.properties,
  nodes: Type.Array(NodeStatus, { description: 'with `all`: the nodes whose faults ended' }),
});
export type Healed = Static<typeof Healed>;
