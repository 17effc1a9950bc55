/** Committed entries change the state machine, in their order and once (paper, section 5.3). */
import { answer, answerOf } from './answers.ts';
import { rewrite } from './persistence.ts';
import { nameOf, type State } from './state.ts';

export function applyCommitted(state: State): void {
  const { machine, log, leadership } = state;
  while (machine.applied < state.commit) {
    const index = machine.applied + 1;
    const entry = log.at(index)!;
    const outcome = machine.apply(index, entry);
    state.push({ do: 'apply', index, entry, isRepeat: outcome?.isRepeat ?? false });
    if (entry.kind === 'members') state.event('members', { voters: entry.voters });
    if (entry.kind !== 'command') continue;
    const askers = leadership?.askers.get(index) ?? [];
    leadership?.askers.delete(index);
    leadership?.open.delete(nameOf(entry));
    if (outcome === undefined) continue;
    for (const asker of askers) {
      answer(state, asker, answerOf(entry.command.type, outcome.result));
    }
  }
  const sinceSnapshot = machine.applied - (log.snapshot?.index ?? 0);
  if (sinceSnapshot >= state.settings.snapshotEvery) compact(state);
}

/** Puts a snapshot in the place of what was applied (paper, section 7). */
function compact(state: State): void {
  const { machine, log, settings } = state;
  const snapshot = log.describe(machine.applied, machine.save());
  // Those who are a little behind get entries, which is less to send.
  log.compact(snapshot, Math.floor(settings.snapshotEvery / 2));
  rewrite(state);
  state.event('snapshot', { index: snapshot.index });
}
