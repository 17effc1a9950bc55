/**
 * Linearizable reads that bypass the log (ReadIndex; dissertation, section 6.4):
 * the leader answers when a majority has confirmed, after the question came, that it still leads, and when
 * it has committed an entry of its own term, without which it cannot know what is committed. No clock is
 * trusted: there are no leases.
 */
import { answer, answerOf } from './answers.ts';
import { noSuchKey } from './machine.ts';
import { heartbeat } from './replication.ts';
import type { Asker, State } from './state.ts';

/** The leader is asked. */
export function ask(state: State, asker: Asker, key: string): void {
  if (!state.rules.confirmsReads) {
    answerRead(state, asker, key);
    return;
  }
  // A round that is on its way may have been answered before the question came.
  const round = state.leadership!.round + 1;
  state.leadership!.reads.push({ asker, key, round });
}

/** Answers what is confirmed, and starts a round for what is not. */
export function serveReads(state: State): void {
  const leadership = state.leadership!;
  if (state.commit < leadership.firstIndex) return;
  while (leadership.reads.length > 0) {
    const confirmed = confirmedRound(state);
    const { reads } = leadership;
    leadership.reads = reads.filter(({ round }) => round > confirmed);
    for (const { asker, key, round } of reads)
      if (round <= confirmed) answerRead(state, asker, key);
    if (leadership.reads.length === 0 || confirmed < leadership.round) return;
    leadership.round += 1;
    heartbeat(state);
  }
}

function confirmedRound({ id, voters, rules, leadership }: State): number {
  const { round, progress } = leadership!;
  const rounds = voters
    .map((voter) => (voter === id ? round : (progress.get(voter)?.round ?? 0)))
    .sort((a, b) => b - a);
  return rounds[rules.quorumOf(voters.length) - 1] ?? 0;
}

function answerRead(state: State, asker: Asker, key: string): void {
  const value = state.machine.read(key);
  answer(
    state,
    asker,
    value === undefined ? answerOf('read', noSuchKey(key)) : { type: 'read_ok', value },
  );
}
