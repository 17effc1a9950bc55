/**
 * The voters follow the nodes that there are, one at a time, so that any majority before a change and any
 * after it have a node in common (dissertation, chapter 4). A new node gets the log first and a vote when
 * it is nearly as far as the leader (section 4.2.1).
 */
import { append, newProgress, replicateToAll } from './replication.ts';
import type { State } from './state.ts';

/** A new node that lacks no more than this is given a vote. */
const behindMax = 64;

/** The leader compares who votes with who is there. */
export function followMembers(state: State): void {
  const { id, voters, members, log, rules, commit } = state;
  const { progress, firstIndex } = state.leadership!;
  if (rules.changesInTurn && (commit < firstIndex || log.votersIndex > commit)) return;
  // A leader that was removed ends soon; who comes after it sees to the rest.
  const gone = voters.find((voter) => !members.includes(voter) && voter !== id);
  if (gone !== undefined) {
    change(state, (now) => now.filter((voter) => voter !== gone));
    progress.delete(gone);
    return;
  }
  for (const node of progress.keys()) {
    if (!voters.includes(node) && !members.includes(node)) progress.delete(node);
  }
  const added = members.find((member) => !voters.includes(member));
  if (added === undefined) return;
  const known = progress.get(added);
  if (known === undefined) progress.set(added, newProgress(state));
  else if (known.match > 0 && log.last - known.match <= behindMax) {
    change(state, (now) => [...now, added]);
  }
}

function change(state: State, to: (voters: readonly string[]) => string[]): void {
  append(state, { term: state.term, kind: 'members', voters: to(state.voters) });
  replicateToAll(state);
}
