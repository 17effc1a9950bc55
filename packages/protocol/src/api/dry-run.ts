/** What rules would have done to recorded messages. */
import { type Static, Type } from 'typebox';
import { AddRules, RuleStatus } from './rules.ts';
import { number, text } from './shapes.ts';

export const DryRunRequest = Type.Object(
  {
    rules: AddRules.properties.rules,
    messages: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        default: 1000,
        description: 'number of latest messages to examine',
      }),
    ),
  },
  { additionalProperties: false },
);

export const DryRunMessage = Type.Object({
  id: Type.String(),
  src: Type.String(),
  dest: Type.String(),
  type: Type.String(),
  was: text('its recorded fate'),
  copies: Type.Array(
    Type.Object({
      outcome: text('deliver, lost, cut, held, …'),
      delayMs: Type.Number(),
      rules: Type.Array(Type.String(), { description: 'which of the rules touched it' }),
    }),
  ),
});
export type DryRunMessage = Static<typeof DryRunMessage>;

export const DryRun = Type.Object({
  rules: Type.Array(RuleStatus, { description: 'as they would be installed' }),
  looked: number('messages examined'),
  hit: number('messages that one of the rules would have touched'),
  bodiesUnknown: number('messages without a recorded body: no rule about a field can match them'),
  outcomes: Type.Record(Type.String(), Type.Number(), {
    description: 'copies that would have been touched, by their fate',
  }),
  messages: Type.Array(DryRunMessage, { description: 'the latest of those, oldest first' }),
});
export type DryRun = Static<typeof DryRun>;
