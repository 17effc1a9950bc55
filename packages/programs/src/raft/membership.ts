/**
 * The voters follow the nodes that there are, one at a time, so that any majority before a change and any
 * after it have a node in common (dissertation, chapter 4). A new node gets the log first and a vote when
 * it keeps up with the leader (section 4.2.1). A node that is being removed asks until a leader confirms that it is
 * not needed any more: until its removal is committed, its vote may be (section 4.2.2).
 */
import { append, newProgress, replicateToAll } from './replication.ts';
import { stepDown } from './roles.ts';
import type { Progress, State } from './state.ts';

/** The leader compares who votes with who is there. */
export function followMembers(state: State): void {
  const { id, voters, members, log, rules, commit } = state;
  const { progress, firstIndex } = state.leadership!;
  for (const node of progress.keys()) {
    if (!voters.includes(node) && !members.includes(node)) progress.delete(node);
  }
  if (rules.changesInTurn && (commit < firstIndex || log.votersIndex > commit)) return;
  const gone = voters.filter((voter) => !members.includes(voter));
  // Itself last: who comes after it would have to see to the others.
  const next = gone.find((voter) => voter !== id) ?? gone[0];
  // The last one stays until another node has its log.
  if (next !== undefined && voters.length > 1) {
    change(state, (now) => now.filter((voter) => voter !== next));
    progress.delete(next);
    return;
  }
  // None of them waits for another: one may never come up.
  for (const added of members.filter((member) => !voters.includes(member))) {
    const known = progress.get(added);
    if (known === undefined) progress.set(added, newProgress(state));
    else if (keepsUp(state, known)) {
      change(state, (now) => [
        ...members.filter((one) => one === added || now.includes(one)),
        ...gone,
      ]);
      return;
    }
  }
}

function change(state: State, to: (voters: readonly string[]) => string[]): void {
  append(state, { term: state.term, kind: 'members', voters: to(state.voters) });
  replicateToAll(state);
}

/**
 * A new node gets the log in rounds, each up to the log's end when the round begins. One that takes less
 * time than an election shows that the node would not hold up the others (section 4.2.1).
 */
function keepsUp({ log, nowMs, settings }: State, progress: Progress): boolean {
  const { catchUp, match } = progress;
  if (match === 0 || (catchUp !== null && match < catchUp.to)) return false;
  const wasQuick = catchUp !== null && nowMs - catchUp.sinceMs < settings.electionTimeoutMs;
  progress.catchUp = { to: log.last, sinceMs: nowMs };
  return wasQuick || match === log.last;
}

/** A node that is to go asks all, for it may not know who leads by now. */
export function askToLeave(state: State): void {
  const { id, members, voters, nowMs, settings } = state;
  if (state.hasLeft || members.includes(id)) return;
  state.leaveDueMs = nowMs + settings.heartbeatMs;
  if (members.length === 0) leave(state);
  else if (state.leadership === null) {
    for (const node of new Set([...members, ...voters])) {
      if (node !== id) state.send(node, { type: 'leave' });
    }
  }
}

export function onLeave(state: State, from: string): void {
  if (state.leadership !== null && isGone(state, from)) state.send(from, { type: 'leave_reply' });
}

export function onLeaveReply(state: State): void {
  if (!state.members.includes(state.id)) leave(state);
}

/** A leader that has removed itself leads until that is committed (section 4.2.2). */
export function leaveIfRemoved(state: State): void {
  if (!isGone(state, state.id)) return;
  stepDown(state);
  leave(state);
}

/** It votes no more, which is committed, and will not again: this leader knows that it is to go. */
function isGone({ members, voters, log, commit, leadership }: State, node: string): boolean {
  return (
    !members.includes(node) &&
    !voters.includes(node) &&
    Math.max(log.votersIndex, leadership!.firstIndex) <= commit
  );
}

function leave(state: State): void {
  if (state.hasLeft) return;
  state.hasLeft = true;
  state.leaveDueMs = Number.POSITIVE_INFINITY;
  state.push({ do: 'left' });
}
