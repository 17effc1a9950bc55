/**
 * The clients' operations that a selection covers, in the order of the recording. The history package
 * defines how a history is written; pass these operations to its writer.
 */
import type { HistoryEntry } from '@faultline/protocol';
import type { Run } from '../run.ts';
import { type Selection, select } from './select.ts';

export function* selectedHistory(run: Run, selection?: Selection): Generator<HistoryEntry> {
  const selected = select(run, selection);
  for (const entry of run.history) {
    const message = entry.message === null ? -1 : run.findMessage(entry.message);
    if (selected.isAll || (message >= 0 && selected.message(message))) yield entry;
  }
}
