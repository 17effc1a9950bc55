/** The run and the load that a history comes from, so that a failed check can keep the run. */
import type { History } from '@faultline/history';
import type { RecordedLoad } from '../replay/action-recorder.ts';
import type { RunFolder } from './run-folder.ts';

interface Origin {
  readonly folder: RunFolder;
  readonly load: RecordedLoad;
}

/** Keyed by the list of operations and by each operation, so a part of a history has the same origin. */
const origins = new WeakMap<object, Origin & { readonly history: History }>();

export function remember(history: History, origin: Origin): void {
  const known = { ...origin, history };
  origins.set(history.operations, known);
  for (const operation of history.operations) origins.set(operation, known);
}

/** Undefined if no load returned these operations. */
export const originOf = ({ operations }: History): Origin | undefined => knownOf(operations);

/** Whether the history is the one that a load returned, complete and unmodified. */
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
