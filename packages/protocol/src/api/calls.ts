/** Requests of clients to nodes. */

import { type Static, Type } from 'typebox';
import { callerNamePattern } from '../grammar/client-names.ts';
import { number, text } from './shapes.ts';

export const Call = Type.Object(
  {
    node: text('a node, or a selector of one such as leader or random:1'),
    body: Type.Unsafe<{ type: string; [key: string]: unknown }>({
      type: 'object',
      properties: { type: { type: 'string', minLength: 1 } },
      required: ['type'],
      additionalProperties: true,
    }),
    timeout: Type.Optional(text('how long to wait for the answer (default: 2s)')),
    client: Type.Optional(
      Type.String({ pattern: callerNamePattern, description: 'who calls (default: c1)' }),
    ),
  },
  { additionalProperties: false },
);
export const CallResult = Type.Object({
  node: Type.String(),
  client: Type.String(),
  message: text('the id of the request'),
  ms: number('true time until the answer came'),
  body: Type.Unsafe<{ type: string; [key: string]: unknown }>({
    type: 'object',
    additionalProperties: true,
  }),
});
export type CallResult = Static<typeof CallResult>;
