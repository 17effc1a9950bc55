/**
 * Mutual exclusion, and fencing tokens where it cannot be had.
 *
 * Operations per key: `acquire` (may answer a number, the fencing token), `release`, `use token`
 * (what the guarded resource accepted). A process holds the lock for certain from the end of its
 * acquisition to the begin of its release, and two may not for certain hold it at once. An unknown
 * acquisition holds nothing for certain; an unknown release ends the certainty as it begins.
 *
 * With `leases` a lock may be lost without a word, so only tokens are judged (M. Kleppmann, "How to
 * do distributed locking", 2016): each is larger than all that were given out before it was asked
 * for, and the resource accepts none after it has accepted a larger one.
 */
import type { CheckResult, History, Operation } from '../operation.ts';
import { named } from '../shown.ts';
import { acknowledgedMs, byKey } from './answers.ts';
import { Judgement } from './judgement.ts';

export interface MutualExclusionOptions {
  readonly leases?: boolean;
}

interface Hold {
  readonly by: Operation;
  readonly fromMs: number;
  readonly toMs: number;
}

export function checkMutualExclusion(
  history: History,
  { leases = false }: MutualExclusionOptions = {},
): CheckResult {
  const judgement = new Judgement(leases ? 'safe by its tokens' : 'mutually exclusive');
  let acquired = 0;
  for (const operations of byKey(history.operations).values()) {
    const holds = holdsOf(operations);
    acquired += holds.length;
    if (!leases) overlaps(holds, judgement);
    const given = holds
      .map(({ by }) => ({ by, token: by.output }))
      .filter((one): one is Token => typeof one.token === 'number');
    inOrder(given, 'token', 'was given', true, judgement);
    const used = operations
      .filter(({ f, type }) => f === 'use' && type === 'ok')
      .map((by) => ({ by, token: by.input }))
      .filter((one): one is Token => typeof one.token === 'number');
    inOrder(used, 'fencing', 'was accepted', false, judgement);
    if (leases && holds.length > 0 && given.length === 0) {
      judgement.doubt('a lock with leases and without tokens keeps nobody out');
    }
  }
  return judgement.result(acquired, 'acquisitions');
}

function holdsOf(operations: readonly Operation[]): Hold[] {
  return operations
    .filter(({ f, type }) => f === 'acquire' && type === 'ok')
    .map((by) => {
      const release = operations.find(
        ({ f, process, type, invokedMs }) =>
          f === 'release' &&
          process === by.process &&
          type !== 'fail' &&
          invokedMs >= acknowledgedMs(by),
      );
      return {
        by,
        fromMs: acknowledgedMs(by),
        toMs: release?.invokedMs ?? Number.POSITIVE_INFINITY,
      };
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}

function overlaps(holds: readonly Hold[], judgement: Judgement): void {
  let longest: Hold | undefined;
  for (const hold of holds) {
    if (longest !== undefined && hold.fromMs < longest.toMs) {
      const until = Number.isFinite(longest.toMs) ? `until ${longest.toMs} ms` : 'to the end';
      judgement.problem(
        'both hold it',
        [longest.by.index, hold.by.index],
        longest.by.process === hold.by.process
          ? `${named(hold.by)} got the lock that ${hold.by.process} held already`
          : `${named(hold.by)} had the lock at ${hold.fromMs} ms, which ${named(longest.by)} gave to ${longest.by.process} from ${longest.fromMs} ms ${until}`,
      );
    }
    if (longest === undefined || hold.toMs > longest.toMs) longest = hold;
  }
}

interface Token {
  readonly by: Operation;
  readonly token: number;
}

/** Tokens in real time: larger than all that came before they were asked for; or at least as large. */
function inOrder(
  tokens: readonly Token[],
  problem: string,
  verb: string,
  isStrict: boolean,
  judgement: Judgement,
): void {
  const begun = [...tokens].sort((a, b) => a.by.invokedMs - b.by.invokedMs);
  const done = [...tokens].sort((a, b) => acknowledgedMs(a.by) - acknowledgedMs(b.by));
  const first = new Map<number, Token>();
  let largest: Token | undefined;
  let next = 0;
  for (const one of begun) {
    for (; next < done.length && acknowledgedMs(done[next]!.by) < one.by.invokedMs; next++) {
      if (largest === undefined || done[next]!.token > largest.token) largest = done[next]!;
    }
    const twin = first.get(one.token);
    if (isStrict && twin !== undefined) {
      judgement.problem(
        problem,
        [twin.by.index, one.by.index],
        `token ${one.token} ${verb} twice: ${named(twin.by)}, ${named(one.by)}`,
      );
    } else if (largest !== undefined && one.token < largest.token) {
      judgement.problem(
        problem,
        [largest.by.index, one.by.index],
        `token ${one.token} ${verb} (${named(one.by)}) after ${largest.token} (${named(largest.by)})`,
      );
    }
    first.set(one.token, one);
  }
}
