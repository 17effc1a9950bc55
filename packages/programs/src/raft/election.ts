/**
 * Who leads (paper, section 5.2). Before a node stands it asks whether it would win, without a new term:
 * so one that was cut off comes back quietly (pre-vote; dissertation, section 9.6).
 */
import type { PreVote, PreVoteReply, RequestVote, RequestVoteReply } from './messages.ts';
import { persistTerm } from './persistence.ts';
import { append, heartbeat, newProgress } from './replication.ts';
import { resetElectionTimer } from './roles.ts';
import { nameOf, type Role, type State } from './state.ts';

/** No leader was heard for too long. */
export function onElectionTimeout(state: State): void {
  resetElectionTimer(state);
  if (!mayStand(state)) return;
  state.leader = null;
  begin(state, 'pre-candidate');
  state.votes.add(state.id);
  for (const voter of otherVoters(state)) {
    state.send(voter, { type: 'pre_vote', term: state.term + 1, ...end(state) });
  }
  countPreVotes(state);
}

/**
 * A voter; or one that the newest membership leaves out, until that is committed: it may be the only one
 * who has it (dissertation, section 4.2.2). Its own vote does not count then.
 */
function mayStand({ id, voters, log, commit }: State): boolean {
  return voters.includes(id) || (log.votersIndex > commit && log.formerVoters.includes(id));
}

export function onPreVote(
  state: State,
  from: string,
  { term, lastIndex, lastTerm }: PreVote,
): void {
  const { settings, rules, log, leadership, nowMs, heardMs } = state;
  const hasLeader = leadership !== null || nowMs - heardMs < settings.electionTimeoutMs;
  const isGranted =
    !hasLeader &&
    term > state.term &&
    isMember(state) &&
    (log.isCoveredBy(lastIndex, lastTerm) || !rules.comparesLogs);
  state.send(from, { type: 'pre_vote_reply', term: state.term, isGranted, forTerm: term });
}

export function onPreVoteReply(
  state: State,
  from: string,
  { isGranted, forTerm }: PreVoteReply,
): void {
  if (state.role !== 'pre-candidate' || forTerm !== state.term + 1 || !isGranted) return;
  state.votes.add(from);
  countPreVotes(state);
}

function countPreVotes(state: State): void {
  if (state.isQuorum((voter) => state.votes.has(voter))) stand(state);
}

function stand(state: State): void {
  state.term += 1;
  state.vote = state.id;
  persistTerm(state);
  state.event('term', { term: state.term });
  begin(state, 'candidate');
  state.promiseSelf({ vote: true });
  for (const voter of otherVoters(state)) {
    state.promise(voter, { type: 'request_vote', term: state.term, ...end(state) });
  }
}

export function onRequestVote(
  state: State,
  from: string,
  { term, lastIndex, lastTerm }: RequestVote,
): void {
  const { vote, log, rules } = state;
  const isGranted =
    term === state.term &&
    (vote === null || vote === from) &&
    isMember(state) &&
    (log.isCoveredBy(lastIndex, lastTerm) || !rules.comparesLogs);
  if (isGranted) {
    resetElectionTimer(state);
    if (vote === null) {
      state.vote = from;
      persistTerm(state);
    }
  }
  state.promise(from, { type: 'request_vote_reply', term: state.term, isGranted });
}

export function onRequestVoteReply(
  state: State,
  from: string,
  { term, isGranted }: RequestVoteReply,
): void {
  if (isGranted && term === state.term) countVote(state, from);
}

export function countVote(state: State, from: string): void {
  if (state.role !== 'candidate') return;
  state.votes.add(from);
  if (state.isQuorum((voter) => state.votes.has(voter))) lead(state);
}

function lead(state: State): void {
  const { id, term, log, nowMs, settings } = state;
  state.setRole('leader');
  state.leader = id;
  state.leadership = {
    firstIndex: log.last + 1,
    progress: new Map(state.voters.map((voter) => [voter, newProgress(state)])),
    heartbeatDueMs: nowMs + settings.heartbeatMs,
    round: 0,
    reads: [],
    askers: new Map(),
    open: new Map(),
  };
  // In a new run of the cluster the same names are those of other requests.
  const isSameRun = state.run <= log.run;
  for (let index = state.commit + 1; isSameRun && index <= log.last; index++) {
    const entry = log.at(index)!;
    if (entry.kind === 'command') state.leadership.open.set(nameOf(entry), index);
  }
  state.event('leader', { term });
  // Nothing of earlier terms is known to be committed before an entry of this one is (paper, section 8).
  append(state, { term, kind: 'noop', run: Math.max(state.run, log.run) });
  heartbeat(state);
}

function begin(state: State, role: Role): void {
  state.leader = null;
  state.votes.clear();
  state.setRole(role);
}

/** A node without a log does not know for which node it voted before its disk was wiped. */
const isMember = ({ voters }: State): boolean => voters.length > 0;

const otherVoters = ({ voters, id }: State): string[] => voters.filter((voter) => voter !== id);

const end = ({ log }: State): { lastIndex: number; lastTerm: number } => ({
  lastIndex: log.last,
  lastTerm: log.lastTerm,
});
