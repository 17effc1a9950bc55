/**
 * Mutual exclusion, and fencing tokens where it cannot be had.
 *
 * Operations per key: `acquire` (may answer the fencing token, as a number or as `{ token, lease }`),
 * `renew`, `release`, `use token` or `write { token, … }` (what the guarded resource accepted). A process
 * holds the lock for certain from the end of its acquisition to the begin of its release, and two may not
 * for certain hold it at once. An unknown acquisition holds nothing for certain; an unknown release
 * ends the certainty as it begins. A release belongs to the acquisition with its token, and without
 * a token to its process.
 *
 * A lease (`lease`, in ms, as asked or as answered) ends the certainty too: it may have begun as soon
 * as it was asked for. Each renewal that succeeded begins it again.
 *
 * With `leases` a lock may be lost silently, so only tokens are judged (M. Kleppmann, "How to
 * do distributed locking", 2016): each is larger than all that were given out before it was asked
 * for, and the resource accepts none after it has accepted a larger one.
 */
import type { Json } from '@faultline/protocol';
import { isUse, leaseOf, tokenOf } from '../models/lock.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named } from '../shown.ts';
import { acknowledgedMs, byKey } from './answers.ts';
import { Judgement } from './judgement.ts';

export interface MutualExclusionOptions {
  readonly leases?: boolean;
}

/** From when to when a process had the lock for certain. */
interface Hold {
  /** The acquisition, or the renewal after a gap in which the lease may have been over. */
  readonly by: Operation;
  /** The acquisition. */
  readonly of: Operation;
  readonly fromMs: number;
  readonly toMs: number;
}

export function checkMutualExclusion(
  history: History,
  { leases = false }: MutualExclusionOptions = {},
): CheckResult {
  const judgement = new Judgement(leases ? 'safe by its fencing tokens' : 'mutually exclusive');
  let acquired = 0;
  for (const operations of byKey(history.operations).values()) {
    const acquisitions = operations.filter(({ f, type }) => f === 'acquire' && type === 'ok');
    acquired += acquisitions.length;
    if (!leases) overlaps(holdsOf(acquisitions, operations), judgement);
    const given = acquisitions.flatMap((by) => tokenIn(by, by.output));
    inOrder(given, 'token', 'was given', true, judgement);
    const used = operations
      .filter((operation) => isUse(operation) && operation.type === 'ok')
      .flatMap((by) => tokenIn(by, by.input));
    inOrder(used, 'fencing', 'was accepted', false, judgement);
    if (leases && acquisitions.length > 0 && given.length === 0) {
      judgement.doubt('a lock with leases but without tokens excludes no other holder');
    }
  }
  return judgement.result(acquired, 'acquisitions');
}

function tokenIn(by: Operation, data: Json | undefined): Token[] {
  const token = tokenOf(data);
  return token === undefined ? [] : [{ by, token }];
}

function holdsOf(acquisitions: readonly Operation[], operations: readonly Operation[]): Hold[] {
  const releases = new Owned(
    operations.filter(({ f, type }) => f === 'release' && type !== 'fail'),
  );
  const renewals = new Owned(operations.filter(({ f, type }) => f === 'renew' && type === 'ok'));
  const nextOf = new Map<string, number>();
  return acquisitions
    .toSorted((a, b) => b.invokedMs - a.invokedMs || b.index - a.index)
    .flatMap((of) => {
      const nextMs = nextOf.get(of.process);
      nextOf.set(of.process, of.invokedMs);
      const fromMs = acknowledgedMs(of);
      const [release] = releases.after(of, fromMs);
      const releasedMs = release?.invokedMs ?? Number.POSITIVE_INFINITY;
      const holds: Hold[] = [{ by: of, of, fromMs, toMs: leaseEndMs(of, of) }];
      for (const renewal of renewals.after(of, fromMs, nextMs)) {
        if (renewal.invokedMs >= releasedMs) break;
        const hold = {
          by: renewal,
          of,
          fromMs: acknowledgedMs(renewal),
          toMs: leaseEndMs(renewal, of),
        };
        const last = holds.at(-1)!;
        if (hold.fromMs > last.toMs) holds.push(hold);
        else if (hold.toMs > last.toMs) holds[holds.length - 1] = { ...last, toMs: hold.toMs };
      }
      return holds
        .filter((hold) => hold.fromMs < hold.toMs)
        .map((hold) => ({ ...hold, toMs: Math.min(hold.toMs, releasedMs) }));
    })
    .filter((hold) => hold.fromMs <= hold.toMs)
    .sort((a, b) => a.fromMs - b.fromMs);
}

/** The earliest moment at which a lease that this began can be over. */
function leaseEndMs({ invokedMs, input, output }: Operation, acquisition: Operation): number {
  const lease =
    leaseOf(output) ?? leaseOf(input) ?? leaseOf(acquisition.output) ?? leaseOf(acquisition.input);
  return lease === undefined ? Number.POSITIVE_INFINITY : invokedMs + lease;
}

/** Operations by the acquisition that they belong to. */
class Owned {
  readonly #byToken = new Map<number, Operation[]>();
  /** Those without a token, and all, by process. */
  readonly #tokenless = new Map<string, Operation[]>();
  readonly #byProcess = new Map<string, Operation[]>();

  constructor(operations: readonly Operation[]) {
    for (const operation of operations.toSorted((a, b) => a.invokedMs - b.invokedMs)) {
      const token = tokenOf(operation.input);
      if (token === undefined) push(this.#tokenless, operation.process, operation);
      else push(this.#byToken, token, operation);
      push(this.#byProcess, operation.process, operation);
    }
  }

  /** Those of the acquisition that began then or later, in order; those without a token before `beforeMs`. */
  *after(
    acquisition: Operation,
    ms: number,
    beforeMs = Number.POSITIVE_INFINITY,
  ): Generator<Operation> {
    const { process } = acquisition;
    const token = tokenOf(acquisition.output);
    const lists =
      token === undefined
        ? [this.#byProcess.get(process) ?? []]
        : [this.#byToken.get(token) ?? [], this.#tokenless.get(process) ?? []];
    const next = lists.map((list) => firstFrom(list, ms));
    for (;;) {
      const heads = lists.map((list, l) => list[next[l]!]?.invokedMs ?? Number.POSITIVE_INFINITY);
      const l = heads.indexOf(Math.min(...heads));
      const operation = lists[l]![next[l]!];
      if (operation === undefined) return;
      next[l]! += 1;
      const isByProcess = token === undefined || tokenOf(operation.input) === undefined;
      if (isByProcess && operation.invokedMs >= beforeMs) next[l] = lists[l]!.length;
      else yield operation;
    }
  }
}

function push<Key>(map: Map<Key, Operation[]>, key: Key, operation: Operation): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [operation]);
  else known.push(operation);
}

/** The place of the first that began then or later. */
function firstFrom(operations: readonly Operation[], ms: number): number {
  let low = 0;
  let high = operations.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (operations[middle]!.invokedMs < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function overlaps(holds: readonly Hold[], judgement: Judgement): void {
  let longest: Hold | undefined;
  for (const hold of holds) {
    if (longest !== undefined && hold.of !== longest.of && hold.fromMs < longest.toMs) {
      const until = Number.isFinite(longest.toMs) ? `until ${longest.toMs} ms` : 'to the end';
      judgement.problem(
        'both hold it',
        [longest.by.index, hold.by.index],
        longest.of.process === hold.of.process
          ? `${named(hold.by)} got the lock while ${hold.of.process} held it`
          : `${named(hold.by)} had the lock at ${hold.fromMs} ms, which ${named(longest.by)} gave to ${longest.of.process} from ${longest.fromMs} ms ${until}`,
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
