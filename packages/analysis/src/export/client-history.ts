/**
 * The clients' operations that a selection is about, in the order of the recording. How a history is
 * written is for the history package to say; a tool that wants one in a file hands these to its writer.
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
