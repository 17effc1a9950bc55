/** Which run and load a history comes from, so that a check that fails can keep it. */
import type { History } from '@faultline/history';
import type { LoadDeed } from '../replay/deeds.ts';
import type { RunFolder } from './run-folder.ts';

interface Origin {
  readonly folder: RunFolder;
  readonly load: LoadDeed;
}

/** By the list of operations, and by each operation: a part of a history has the same origin. */
const origins = new WeakMap<object, Origin & { readonly history: History }>();

export function remember(history: History, origin: Origin): void {
  const known = { ...origin, history };
  origins.set(history.operations, known);
  for (const operation of history.operations) origins.set(operation, known);
}

/** Undefined for operations that no load has given. */
export const originOf = ({ operations }: History): Origin | undefined => knownOf(operations);

/** Whether it is all that a load gave: neither a part nor changed. */
export function isAsLoaded(history: History): boolean {
  const known: object | undefined = knownOf(history.operations)?.history;
  if (known === undefined) return false;
  const given = Object.entries(history);
  const loaded = new Map(Object.entries(known));
  return given.length === loaded.size && given.every(([key, part]) => loaded.get(key) === part);
}

function knownOf(operations: History['operations']) {
  const known = origins.get(operations);
  if (known !== undefined) return known;
  const from = operations.find((operation) => origins.has(operation));
  return from === undefined ? undefined : origins.get(from);
}
