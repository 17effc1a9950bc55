/**
 * How a cluster begins. All nodes start at the same time, each with an empty disk, and a node that is
 * added later starts with one too; so a node with an empty log first asks the others. Those that know of
 * no cluster either, and see the same nodes, found one together, and the first entry of every founder's
 * log is the same. All have to agree: a majority may be new nodes, of a cluster that is there already.
 * A node that is asked and has founded one of the same nodes has heard them all. All others wait until
 * a leader sends a log.
 *
 * A node whose disk was wiped is no founder, unless it has seen the cluster's founders without one: it
 * may have voted in a term that it has forgotten. Until it has a log again it has no vote.
 */
import type { Entry } from './log.ts';
import type { Found, FoundReply } from './messages.ts';
import { persistEntries, persistTerm } from './persistence.ts';
import { resetElectionTimer } from './roles.ts';
import type { State } from './state.ts';

const askAgainMs = 100;
const firstTerm = 1;

/** It may still have entered a term: another node has founded the cluster already. */
export const isBlank = ({ log }: State): boolean => log.last === 0;

/** Asks everybody, now and again. */
export function askToFound(state: State): void {
  state.electionDueMs = state.nowMs + askAgainMs;
  const { id, founders } = state;
  for (const member of founders) {
    if (member !== id) state.send(member, { type: 'found', members: founders });
  }
  foundIfAgreed(state);
}

export function onFound(state: State, from: string, { members }: Found): void {
  const blank = isBlank(state);
  const first = state.log.at(1);
  const founded = first?.kind === 'members' && first.term === firstTerm ? first.voters : null;
  state.send(from, {
    type: 'found_reply',
    isBlank: blank,
    members: blank ? state.founders : founded,
  });
  if (blank) agree(state, from, members);
}

export function onFoundReply(state: State, from: string, reply: FoundReply): void {
  if (!isBlank(state) || reply.members === null) return;
  if (reply.isBlank) {
    agree(state, from, reply.members);
    return;
  }
  const isFounder = state.isFirstStart || state.agreed.has(from);
  if (isFounder && isSameList(reply.members, state.founders)) found(state);
}

function agree(state: State, from: string, members: readonly string[]): void {
  if (!isSameList(members, state.founders)) return;
  state.agreed.add(from);
  foundIfAgreed(state);
}

function foundIfAgreed(state: State): void {
  const { founders, agreed, id } = state;
  if (founders.every((one) => one === id || agreed.has(one))) found(state);
}

function found(state: State): void {
  const { founders, id, settings } = state;
  const first: Entry = { term: firstTerm, kind: 'members', voters: founders };
  state.term = Math.max(state.term, firstTerm);
  persistTerm(state);
  persistEntries(state, 1, [first]);
  state.commit = 1;
  // The first one does not wait long, so that a new cluster soon has a leader.
  if (id === founders[0]) state.electionDueMs = state.nowMs + settings.heartbeatMs;
  else resetElectionTimer(state);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
