/** Which run and load a history comes from, so that a check that fails can keep it. */
import type { History } from '@faultline/history';
import type { LoadDeed } from '../replay/deeds.ts';
import type { RunFolder } from './run-folder.ts';

interface Origin {
  readonly folder: RunFolder;
  readonly load: LoadDeed;
}

const origins = new WeakMap<readonly unknown[], Origin>();

/** Known by its operations, so that a history with other faults beside them has the same origin. */
export const remember = (history: History, origin: Origin): void =>
  void origins.set(history.operations, origin);

export const originOf = (history: History): Origin | undefined => origins.get(history.operations);
