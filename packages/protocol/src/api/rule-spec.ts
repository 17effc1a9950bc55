/**
 * A rule as data: which messages, what is done to them, for how long. The same in the API, in a plan,
 * behind the command line's flags and in a test. What a kind of rule takes is known by the kind.
 */
import { type Static, Type } from 'typebox';

export const RuleSpec = Type.Object(
  {
    kind: Type.String({
      description: 'the kind of fault; `cluster faults` and `GET /v1/faults` list them',
      examples: ['loss'],
    }),
    links: Type.String({ description: 'on which links', examples: ['n1>n2', 'n1<>n2', '*'] }),
    type: Type.Optional(
      Type.String({
        pattern: '^[^*]*\\*?$',
        minLength: 1,
        description: 'only messages of this type; a trailing * matches a prefix',
        examples: ['append', 'raft.*'],
      }),
    ),
    replies: Type.Optional(
      Type.Boolean({ description: 'true: only replies; false: only other messages' }),
    ),
    size: Type.Optional(
      Type.String({
        description: 'only messages with a body of this size',
        examples: ['>10kB', '1kB..10kB'],
      }),
    ),
    field: Type.Optional(
      Type.String({
        description: 'only messages whose body has this value in this field',
        examples: ['key=x', 'entry.term=3'],
      }),
    ),
    probability: Type.Optional(
      Type.Union([Type.String(), Type.Number({ minimum: 0, maximum: 1 })], {
        description: 'act on each of these messages with this probability, and skip the others',
        examples: ['5%', 0.05],
      }),
    ),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'on each link, skip this number of matching messages first',
      }),
    ),
    every: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'on each link, act on every n-th matching message, counted from `after`',
      }),
    ),
    first: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'on each link, act on at most this number of messages',
      }),
    ),
    for: Type.Optional(
      Type.String({
        description: 'lifetime of the rule (default: forever)',
        examples: ['10s'],
      }),
    ),
    owner: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_.-]{1,40}$',
        description: 'who adds the rule: `heal --owner` removes the rules of one owner',
        examples: ['ops'],
      }),
    ),
    settings: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'settings of the kind' }),
    ),
  },
  { additionalProperties: false },
);
export type RuleSpec = Static<typeof RuleSpec>;
