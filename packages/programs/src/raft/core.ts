/**
 * Raft as a pure state machine: `step` takes an input and returns what is to be done, in order. Nothing
 * here sends, writes, waits or reads a clock; the same inputs give the same effects.
 *
 *   founding.ts     how a cluster begins              election.ts    who leads
 *   log.ts          entries and the snapshot          replication.ts how the log gets to the others
 *   machine.ts      what the entries come to          snapshots.ts   what is too old for that
 *   persistence.ts  what is on disk                   reads.ts       answers without an entry
 *   requests.ts     what clients ask                  membership.ts  who votes
 *   rules.ts        what makes it right, rule by rule
 *
 * Ongaro and Ousterhout 2014, "In Search of an Understandable Consensus Algorithm (Extended Version)";
 * Ongaro 2014, "Consensus: Bridging Theory and Practice", for membership, reads, sessions and pre-vote.
 */
import type { Body } from '@faultline/node';
import {
  countVote,
  onElectionTimeout,
  onPreVote,
  onPreVoteReply,
  onRequestVote,
  onRequestVoteReply,
} from './election.ts';
import { askToFound, isBlank, onFound, onFoundReply } from './founding.ts';
import { askToLeave, followMembers, leaveIfRemoved, onLeave, onLeaveReply } from './membership.ts';
import type { Message } from './messages.ts';
import { type DiskRecord, restore } from './persistence.ts';
import { serveReads } from './reads.ts';
import {
  advanceCommit,
  heartbeat,
  isHeard,
  onAppendEntries,
  onAppendEntriesReply,
  onInstallSnapshotReply,
} from './replication.ts';
import {
  dispatchAll,
  dispatchOverdue,
  nextRefusalMs,
  onForward,
  onForwarded,
  onRequest,
  refuseWaiting,
} from './requests.ts';
import { follow, resetElectionTimer, stepDown } from './roles.ts';
import { onInstallSnapshot } from './snapshots.ts';
import { type Effect, State, type StateOptions } from './state.ts';

export type Input = { readonly nowMs: number } & (
  | { readonly type: 'start' }
  /** The time of the last `wake` has come. */
  | { readonly type: 'tick' }
  | { readonly type: 'message'; readonly from: string; readonly message: Message }
  /** A client asks this node: read, write or cas. */
  | { readonly type: 'request'; readonly client: string; readonly body: Body }
  /** Everything up to the `persist` of this number is on disk. */
  | { readonly type: 'persisted'; readonly number: number }
  /** The nodes that there are to be; without this one: it is to go. */
  | { readonly type: 'members'; readonly members: readonly string[] }
);

export class Raft {
  readonly #state: State;
  #wakeMs = Number.NaN;

  /** `records` are what `persist` and `rewrite` have left on disk. */
  constructor(options: StateOptions, records: readonly DiskRecord[]) {
    this.#state = new State(options);
    restore(this.#state, records);
  }

  /** Read-only. */
  get state(): Readonly<State> {
    return this.#state;
  }

  step(input: Input): Effect[] {
    const state = this.#state;
    // A clock that goes back would make old news new.
    state.nowMs = Math.max(state.nowMs, input.nowMs);
    const { term, leader } = state;
    this.#take(input);
    if (state.leader !== null && (state.leader !== leader || state.term !== term)) {
      dispatchAll(state);
    } else if (input.type === 'message' && input.message.type === 'append_entries') {
      dispatchOverdue(state);
    }
    if (state.leadership !== null) this.#lead();
    const dueMs =
      state.leadership?.heartbeatDueMs ??
      Math.min(state.electionDueMs, nextRefusalMs(state), state.leaveDueMs);
    if (dueMs !== this.#wakeMs || input.type === 'tick') state.push({ do: 'wake', atMs: dueMs });
    this.#wakeMs = dueMs;
    return state.takeEffects();
  }

  #take(input: Input): void {
    const state = this.#state;
    switch (input.type) {
      case 'start':
        if (isBlank(state)) askToFound(state);
        else resetElectionTimer(state);
        break;
      case 'tick':
        this.#tick();
        break;
      case 'message':
        this.#receive(input.from, input.message);
        break;
      case 'request':
        onRequest(state, input.client, input.body);
        break;
      case 'persisted': {
        const { vote, matchIndex } = state.released(input.number);
        if (vote) countVote(state, state.id);
        const own = state.leadership?.progress.get(state.id);
        if (own !== undefined) own.match = Math.max(own.match, matchIndex);
        break;
      }
      case 'members':
        state.members = input.members;
        askToLeave(state);
        break;
    }
  }

  #tick(): void {
    const state = this.#state;
    const { leadership, nowMs, settings } = state;
    if (leadership === null) {
      refuseWaiting(state);
      if (nowMs >= state.leaveDueMs) askToLeave(state);
      if (nowMs < state.electionDueMs) return;
      if (isBlank(state)) askToFound(state);
      else onElectionTimeout(state);
    } else if (nowMs >= leadership.heartbeatDueMs) {
      if (!isHeard(state)) {
        stepDown(state);
        return;
      }
      leadership.heartbeatDueMs = nowMs + settings.heartbeatMs;
      heartbeat(state);
    }
  }

  /** What follows for a leader from whatever has happened. */
  #lead(): void {
    const state = this.#state;
    advanceCommit(state);
    leaveIfRemoved(state);
    if (state.leadership === null) return;
    followMembers(state);
    serveReads(state);
  }

  #receive(from: string, message: Message): void {
    const state = this.#state;
    // Who asks for a pre-vote has not entered the term that it asks for.
    if ('term' in message && message.type !== 'pre_vote' && message.term > state.term) {
      const isLeader = message.type === 'append_entries' || message.type === 'install_snapshot';
      follow(state, message.term, isLeader ? from : null);
    }
    switch (message.type) {
      case 'pre_vote':
        onPreVote(state, from, message);
        break;
      case 'pre_vote_reply':
        onPreVoteReply(state, from, message);
        break;
      case 'request_vote':
        onRequestVote(state, from, message);
        break;
      case 'request_vote_reply':
        onRequestVoteReply(state, from, message);
        break;
      case 'append_entries':
        onAppendEntries(state, from, message);
        break;
      case 'append_entries_reply':
        if (message.term === state.term) onAppendEntriesReply(state, from, message);
        break;
      case 'install_snapshot':
        onInstallSnapshot(state, from, message);
        break;
      case 'install_snapshot_reply':
        if (message.term === state.term) onInstallSnapshotReply(state, from, message);
        break;
      case 'found':
        onFound(state, from, message);
        break;
      case 'found_reply':
        onFoundReply(state, from, message);
        break;
      case 'leave':
        onLeave(state, from);
        break;
      case 'leave_reply':
        onLeaveReply(state);
        break;
      case 'forward':
        onForward(state, from, message.client, message.request);
        break;
      case 'forwarded':
        onForwarded(state, message.client, message.reply);
        break;
    }
  }
}
