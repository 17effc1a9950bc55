/** Queries of the recorded messages. */
import { type Static, Type } from 'typebox';
import { text } from './shapes.ts';

export const TraceQuery = Type.Object(
  {
    src: Type.Optional(text('from these: n1, n1-n3, clients, *')),
    dest: Type.Optional(text('to these')),
    type: Type.Optional(text('of this type; wri* matches a prefix')),
    fate: Type.Optional(text('delivered, lost, cut, held, waiting, overflow, node down, …')),
    link: Type.Optional(text('such as n1>n2 or n1<>n2')),
    rule: Type.Optional(text('the id of a rule that touched it')),
    since: Type.Optional(text('only the last DURATION, such as 10s')),
    id: Type.Optional(text('one message, such as n1.1.345')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })),
  },
  { additionalProperties: false },
);
export type TraceQuery = Static<typeof TraceQuery>;
