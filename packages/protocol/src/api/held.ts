/** Messages that rules hold, and their release. */
import { type Static, Type } from 'typebox';
import { number, text } from './shapes.ts';

export const HeldQuery = Type.Object(
  {
    links: Type.Optional(text('links (default: all)')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })),
  },
  { additionalProperties: false },
);
export type HeldQuery = Static<typeof HeldQuery>;

export const HeldMessage = Type.Object({
  id: text('the message, such as n1.1.345'),
  copy: number('0 for the original, 1 and up for duplicates'),
  src: Type.String(),
  dest: Type.String(),
  type: Type.String(),
  bodyBytes: Type.Number(),
  rule: text('which rule holds it'),
  heldMs: number('time that it has been held'),
  stillDelayedMs: number('its remaining delay once released, because another rule delays it'),
});
export type HeldMessage = Static<typeof HeldMessage>;

export const HeldMessages = Type.Object({
  count: number('number of messages held on these links, including those that the list omits'),
  bytes: number('of all of these'),
  messages: Type.Array(HeldMessage, { description: 'oldest first' }),
});
export type HeldMessages = Static<typeof HeldMessages>;

export const Released = Type.Object({ released: Type.Number() });
export type Released = Static<typeof Released>;
