/** What nodes have printed. */
import { type Static, Type } from 'typebox';

export const LogQuery = Type.Object(
  { lines: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })) },
  { additionalProperties: false },
);
export const LogLines = Type.Object({
  lines: Type.Array(Type.Object({ node: Type.String(), atMs: Type.Number(), text: Type.String() })),
});
export type LogLines = Static<typeof LogLines>;
