/**
 * How the leader's log gets to the others, and when an entry counts as safe (paper, sections 5.3, 5.4).
 *
 * Entries are sent as they come, without waiting for answers to those before (dissertation, section
 * 10.2.1), and while the leader's own disk still writes them. What was lost on the way shows with the
 * next message, whose place in the log is missing; then the two find where their logs part.
 */
import { applyCommitted } from './apply.ts';
import type { Entry } from './log.ts';
import type { AppendEntries, AppendEntriesReply, InstallSnapshotReply } from './messages.ts';
import { persistEntries } from './persistence.ts';
import { follow } from './roles.ts';
import { onPieceTaken, sendPiece, startTransfer } from './snapshots.ts';
import type { Progress, State } from './state.ts';

/**
 * When this many entries are on their way to a node, the next ones wait for an answer and then go together:
 * the busier a leader is, the fewer messages it sends for each entry.
 */
const inFlightMax = 64;

export function newProgress(state: State): Progress {
  return {
    next: state.log.last + 1,
    match: 0,
    mode: 'probe',
    isWaiting: false,
    transfer: null,
    heardMs: state.nowMs,
    catchUp: null,
    round: 0,
  };
}

/** The leader writes an entry. Returns its index. */
export function append(state: State, entry: Entry): number {
  const index = state.log.last + 1;
  persistEntries(state, index, [entry]);
  state.promiseSelf({ matchIndex: index });
  return index;
}

/** Sends everybody what they lack, as far as is known. */
export function replicateToAll(state: State): void {
  for (const [to, progress] of others(state)) replicate(state, to, progress);
}

function replicate(state: State, to: string, progress: Progress): void {
  const { log } = state;
  while (progress.mode !== 'snapshot' && !progress.isWaiting && progress.next <= log.last) {
    if (log.termAt(progress.next - 1) === undefined) {
      startTransfer(state, to, progress);
      return;
    }
    // Of one whose log is not known yet, `match` says nothing.
    if (progress.mode === 'stream' && progress.next - progress.match > inFlightMax) return;
    const entries = log.from(progress.next, state.settings.batch);
    sendEntries(state, to, progress.next - 1, entries);
    if (progress.mode === 'probe') progress.isWaiting = true;
    else progress.next += entries.length;
  }
}

/** Announces the leader to all nodes, and resends what was not answered. */
export function heartbeat(state: State): void {
  for (const [to, progress] of others(state)) {
    if (progress.mode === 'snapshot') {
      // Fits to every log: there is nothing before the first entry.
      sendEntries(state, to, 0, []);
      sendPiece(state, to, progress);
      continue;
    }
    progress.isWaiting = false;
    if (progress.mode === 'probe' && progress.next <= state.log.last) {
      replicate(state, to, progress);
    } else if (state.log.termAt(progress.next - 1) === undefined) {
      startTransfer(state, to, progress);
    } else {
      sendEntries(state, to, progress.next - 1, []);
    }
  }
}

function sendEntries(state: State, to: string, prevIndex: number, entries: readonly Entry[]): void {
  const { log, term, commit, leadership } = state;
  const { round } = leadership!;
  const prevTerm = prevIndex === 0 ? 0 : log.termAt(prevIndex)!;
  state.send(to, { type: 'append_entries', term, prevIndex, prevTerm, entries, commit, round });
}

export function onAppendEntries(state: State, from: string, message: AppendEntries): void {
  const { term, prevIndex, prevTerm, entries, round } = message;
  const reply = (isTaken: boolean, index: number): void =>
    state.promise(from, {
      type: 'append_entries_reply',
      term: state.term,
      isTaken,
      prevIndex,
      index,
      // An answer from a later term confirms nothing.
      round: term === state.term ? round : 0,
    });
  if (term < state.term) {
    reply(false, 0);
    return;
  }
  follow(state, term, from);
  if (!fits(state, prevIndex, prevTerm)) {
    reply(false, lastAgreed(state, prevIndex));
    return;
  }
  const { log } = state;
  const news = entries.findIndex((entry, i) => {
    const index = prevIndex + 1 + i;
    return index > state.commit && log.termAt(index) !== entry.term;
  });
  if (news !== -1) persistEntries(state, prevIndex + 1 + news, entries.slice(news));
  const lastIndex = prevIndex + entries.length;
  state.commit = Math.max(state.commit, Math.min(message.commit, lastIndex));
  applyCommitted(state);
  reply(true, lastIndex);
}

/** What is committed here is the same everywhere, so only what comes behind it is compared. */
function fits({ log, commit, rules }: State, prevIndex: number, prevTerm: number): boolean {
  if (prevIndex <= commit) return true;
  if (!rules.checksPrevious) return prevIndex <= log.last;
  return log.termAt(prevIndex) === prevTerm;
}

/** Where the leader may try next: before the whole term that does not fit (paper, end of section 5.3). */
function lastAgreed({ log, commit }: State, prevIndex: number): number {
  if (prevIndex > log.last) return log.last;
  const wrongTerm = log.termAt(prevIndex);
  let index = prevIndex;
  while (index > commit && log.termAt(index) === wrongTerm) index--;
  return index;
}

export function onAppendEntriesReply(
  state: State,
  from: string,
  { isTaken, prevIndex, index, round }: AppendEntriesReply,
): void {
  const progress = heard(state, from);
  if (progress === undefined) return;
  progress.round = Math.max(progress.round, round);
  if (isTaken) {
    progress.match = Math.max(progress.match, index);
    if (progress.mode === 'probe') {
      progress.mode = 'stream';
      progress.next = progress.match + 1;
      progress.isWaiting = false;
    }
    progress.next = Math.max(progress.next, progress.match + 1);
  } else {
    const isOfLatest = prevIndex === progress.next - 1;
    if (progress.mode === 'snapshot' || (!isOfLatest && progress.mode === 'probe')) return;
    if (!isOfLatest && prevIndex <= progress.match) return;
    // Less than it once had: an old answer, or its disk was wiped. Either way asking again is right.
    progress.match = Math.min(progress.match, index);
    progress.next = Math.max(progress.match + 1, Math.min(index + 1, prevIndex));
    progress.mode = 'probe';
    progress.isWaiting = false;
  }
  replicate(state, from, progress);
}

export function onInstallSnapshotReply(
  state: State,
  from: string,
  reply: InstallSnapshotReply,
): void {
  const progress = heard(state, from);
  if (progress === undefined) return;
  if (onPieceTaken(state, from, progress, reply)) replicate(state, from, progress);
}

function heard(state: State, from: string): Progress | undefined {
  const progress = state.leadership?.progress.get(from);
  if (progress !== undefined) progress.heardMs = state.nowMs;
  return progress;
}

/** What a majority has on disk is committed, if it is of this term; what lies before it is with it. */
export function advanceCommit(state: State): void {
  const { voters, rules, log, leadership } = state;
  const matches = voters
    .map((voter) => leadership!.progress.get(voter)?.match ?? 0)
    .sort((a, b) => b - a);
  const index = matches[rules.quorumOf(voters.length) - 1] ?? 0;
  if (index <= state.commit) return;
  if (rules.countsOwnTermOnly && log.termAt(index) !== state.term) return;
  state.commit = index;
  applyCommitted(state);
}

/**
 * A leader that a majority has not answered for as long as an election takes leads no node, and says so to
 * its clients (dissertation, section 6.2).
 */
export function isHeard(state: State): boolean {
  const { nowMs, id, settings, leadership, rules } = state;
  const sinceMs = nowMs - 2 * settings.electionTimeoutMs;
  return (
    !rules.stepsDownAlone ||
    state.isQuorum(
      (voter) => voter === id || (leadership!.progress.get(voter)?.heardMs ?? 0) >= sinceMs,
    )
  );
}

function others({ id, leadership }: State): [string, Progress][] {
  return [...leadership!.progress].filter(([node]) => node !== id);
}
