/** What budgets have in common: they are about the load alone, and about some kinds of operations. */
import { Type } from 'typebox';
import type { History } from '../operation.ts';

/** Without the operations that came after the load: final reads come when everything is restored. */
export function whileLoaded(history: History): History {
  const { operations, loadEndedMs = Number.POSITIVE_INFINITY } = history;
  return { ...history, operations: operations.filter(({ invokedMs }) => invokedMs <= loadEndedMs) };
}

export const kindsOption = Type.Optional(
  Type.Array(Type.String(), { description: 'only operations of these kinds; default: all' }),
);
