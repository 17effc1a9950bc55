/**
 * What a node has on disk: its term and vote, its log and its latest snapshot, as records in the order in
 * which they changed. An entry's record replaces what was at its index and behind it.
 */
import type { Entry, Snapshot } from './log.ts';
import type { State } from './state.ts';

export type DiskRecord =
  | { readonly term: number; readonly vote: string | null }
  | { readonly index: number; readonly entry: Entry }
  | { readonly snapshot: Snapshot };

export function persistTerm(state: State): void {
  state.persist({ term: state.term, vote: state.vote });
}

/** Puts entries into the log and on disk, the first of them at an index. */
export function persistEntries(state: State, index: number, entries: readonly Entry[]): void {
  for (const [i, entry] of entries.entries()) state.log.put(index + i, entry);
  state.persist(...entries.map((entry, i) => ({ index: index + i, entry })));
}

export function persistSnapshot(state: State, snapshot: Snapshot): void {
  state.persist({ snapshot });
  rewrite(state);
}

/** Lets go of the records that later ones have overtaken. */
export function rewrite(state: State): void {
  const { log, term, vote } = state;
  const { snapshot } = log;
  const begin = snapshot?.index ?? 0;
  const entries = log.after(begin).map((entry, i) => ({ index: begin + 1 + i, entry }));
  state.push({
    do: 'rewrite',
    records: [{ term, vote }, ...(snapshot === null ? [] : [{ snapshot }]), ...entries],
  });
}

/** Brings a new state to what the records say. */
export function restore(state: State, records: readonly DiskRecord[]): void {
  const { log, machine, rules } = state;
  for (const one of records) {
    if ('entry' in one) log.put(one.index, one.entry);
    else if ('snapshot' in one) log.compact(one.snapshot);
    else {
      state.term = one.term;
      state.vote = rules.remembersVote ? one.vote : null;
    }
  }
  if (log.snapshot !== null) {
    machine.load(log.snapshot.index, log.snapshot.state);
    state.commit = log.snapshot.index;
  }
  state.run = state.isFirstStart ? log.run + 1 : log.run;
}
