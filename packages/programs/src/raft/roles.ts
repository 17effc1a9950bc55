/** Changes of term and role that are the same wherever they come from (paper, section 5.1). */
import { persistTerm } from './persistence.ts';
import type { State } from './state.ts';

/** From T to twice T, so that two nodes seldom stand at the same time (paper, section 5.2). */
export function resetElectionTimer(state: State): void {
  const { electionTimeoutMs } = state.settings;
  state.electionDueMs = state.nowMs + electionTimeoutMs * (1 + state.draw());
}

/** Enters a term in which another node leads, or may. */
export function follow(state: State, term: number, leader: string | null): void {
  const isNews = term > state.term;
  if (isNews) {
    state.term = term;
    // A vote for who has won the term changes nothing, and keeps a node that lost its disk from
    // giving a second one.
    state.vote = leader;
    persistTerm(state);
    state.event('term', { term });
  }
  if (isNews || state.role !== 'follower') stepDown(state);
  if (leader !== null || isNews) state.leader = leader;
  if (leader === null) return;
  state.heardMs = state.nowMs;
  resetElectionTimer(state);
}

/**
 * Becomes a follower that knows of no leader. The outcome of the writes that it accepted is unknown
 * here: the next leader may have them. The senders will ask that one.
 */
export function stepDown(state: State): void {
  state.leadership = null;
  state.leader = null;
  state.votes.clear();
  state.setRole('follower');
  resetElectionTimer(state);
}
