/** Which run a history comes from, so that a check that fails can keep it. */
import type { History } from '@faultline/history';
import type { RunFolder } from './run-folder.ts';

const origins = new WeakMap<readonly unknown[], RunFolder>();

/** Known by its operations, so that a history with other faults beside them has the same origin. */
export const remember = (history: History, folder: RunFolder): void =>
  void origins.set(history.operations, folder);

export const originOf = (history: History): RunFolder | undefined =>
  origins.get(history.operations);
