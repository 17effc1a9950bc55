/**
 * The rules that make Raft right and that implementations get wrong, each as one small policy. What is
 * here is the right form; `withFlaws` switches single rules off, for tests that must be able to fail and
 * to show what a rule is for.
 *
 * Sections are those of Ongaro and Ousterhout 2014, "In Search of an Understandable Consensus Algorithm
 * (Extended Version)"; with a D those of Ongaro's dissertation "Consensus: Bridging Theory and Practice".
 */

export interface Rules {
  /** How many of `n` voters decide: any two such sets have a node in common (§5.2, §5.3). */
  quorumOf(voters: number): number;
  /** Whether a restarted node knows for which node it voted in this term (§5.2, figure 2). */
  readonly remembersVote: boolean;
  /** Whether a vote goes only to a log that is at least as complete as the voter's (§5.4.1). */
  readonly comparesLogs: boolean;
  /** Whether entries are taken only where they fit to what comes before them (§5.3). */
  readonly checksPrevious: boolean;
  /** Whether a leader commits by counting only what it wrote in its own term (§5.4.2, figure 8). */
  readonly countsOwnTermOnly: boolean;
  /** Whether votes and acknowledgements wait for the disk (§5, figure 2: before responding to RPCs). */
  readonly waitsForDisk: boolean;
  /** Whether a leader makes sure that it still is one before it answers a read (§8, D6.4). */
  readonly confirmsReads: boolean;
  /** Whether a leader that no majority answers any more steps down (D6.2). */
  readonly stepsDownAlone: boolean;
  /** Whether a request that comes a second time is answered, and not applied, again (§8, D6.3). */
  readonly keepsSessions: boolean;
  /**
   * Whether a leader changes the membership only after an entry of its term is committed, and after the
   * change before is (D4.1, with the correction that Ongaro sent to raft-dev on 10 July 2015).
   */
  readonly changesInTurn: boolean;
}

const right: Rules = {
  quorumOf: (voters) => Math.floor(voters / 2) + 1,
  remembersVote: true,
  comparesLogs: true,
  checksPrevious: true,
  countsOwnTermOnly: true,
  waitsForDisk: true,
  confirmsReads: true,
  stepsDownAlone: true,
  keepsSessions: true,
  changesInTurn: true,
};

/** Each flaw takes one rule away. */
const withoutRule = {
  quorumOfHalf: { quorumOf: (voters: number) => Math.max(1, Math.floor(voters / 2)) },
  forgetVote: { remembersVote: false },
  voteForAnyLog: { comparesLogs: false },
  appendUnchecked: { checksPrevious: false },
  commitOldTermByCounting: { countsOwnTermOnly: false },
  ackBeforeSync: { waitsForDisk: false },
  staleReads: { confirmsReads: false, stepsDownAlone: false },
  noSessions: { keepsSessions: false },
  changeMembersAtOnce: { changesInTurn: false },
} satisfies Record<string, Partial<Rules>>;

export type Flaw = keyof typeof withoutRule;
export type Flaws = Readonly<Partial<Record<Flaw, boolean>>>;

export function withFlaws(flaws: Flaws): Rules {
  const chosen = (Object.keys(withoutRule) as Flaw[]).filter((flaw) => flaws[flaw]);
  return Object.assign({}, right, ...chosen.map((flaw) => withoutRule[flaw]));
}
