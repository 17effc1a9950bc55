/**
 * Effects that happen at most once, or exactly once, however often a request was sent.
 *
 * Each operation asks for one effect, named by its input; several that have the same input are one
 * request that was made again. What was acknowledged must have happened, what failed must not, and
 * nothing twice. Exactly once asks besides that what is unknown to the client happened in the end: a
 * system that retries for the client promises that.
 *
 * What happened is what nodes reported, an event for each effect, or else what is read at the end: of each
 * key the last lists that nodes answered when nothing was asked for any more, each element one effect.
 * What one node has and another has not has happened.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named } from '../shown.ts';
import { byKey, elementsOf, healedMs, largest } from './answers.ts';
import { Judgement } from './judgement.ts';
import { isReadOf } from './register-history.ts';

export interface EffectsOptions {
  readonly promise: 'at most once' | 'exactly once';
  /** Which operations request effects. Default: all except reads. */
  readonly f?: string;
  /** Those that happened, as often as they did. */
  readonly effects?: readonly Json[];
  /** Or the name of the events that report one effect each, in their `id`, or in their only field. */
  readonly event?: string;
}

export function checkEffects(
  history: History,
  { effects, promise, f, event }: EffectsOptions,
): CheckResult {
  const judgement = new Judgement(`taking effect ${promise}`);
  const asking = history.operations.filter((one) =>
    f === undefined ? !isReadOf(one) : one.f === f,
  );
  const counts =
    effects !== undefined
      ? countsOf(effects.map(canonicalText))
      : event !== undefined
        ? countsTold(history, event, judgement)
        : countsRead(history, asking, judgement);
  const requests = new Map<string, Operation[]>();
  for (const operation of asking) {
    const name = canonicalText(operation.input);
    const same = requests.get(name);
    if (same === undefined) requests.set(name, [operation]);
    else same.push(operation);
  }
  // Nothing can be said about effects that were never observed.
  if (counts === null) return judgement.result(requests.size, 'requests');
  for (const [name, asked] of requests) judgeRequest(name, asked, counts, promise, judgement);
  for (const [name, count] of counts) {
    if (requests.has(name)) continue;
    judgement.problem(
      'uncalled for',
      [],
      `${name} happened (${count} times), but no client requested it`,
    );
  }
  const happened = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return judgement.result(requests.size, 'requests', { effects: happened });
}

function judgeRequest(
  name: string,
  asked: readonly Operation[],
  counts: ReadonlyMap<string, number>,
  promise: EffectsOptions['promise'],
  judgement: Judgement,
): void {
  const [first] = asked as [Operation];
  const count = counts.get(name) ?? 0;
  const operations = asked.map(({ index }) => index);
  const requests = asked.length === 1 ? '' : ` (${asked.length} requests)`;
  const report = (problem: string, what: string): void =>
    judgement.problem(problem, operations, `${named(first)} requested ${name}${requests}, ${what}`);
  if (count > 1) report('repeated', `which happened ${count} times`);
  const isDone = asked.some(({ type }) => type === 'ok');
  if (count > 0 && asked.every(({ type }) => type === 'fail')) {
    report('done though failed', 'which failed but happened anyway');
  }
  if (count === 0 && isDone) report('missing', 'which was acknowledged but never happened');
  if (count === 0 && !isDone && promise === 'exactly once' && asked.some(isUnknown)) {
    report('missing', 'whose outcome was unknown and which never happened');
  }
}

const isUnknown = ({ type }: Operation): boolean => type === 'info';

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Null if no node reported such an event: then its name is probably wrong, rather than that nothing happened. */
function countsTold(
  { events = [] }: History,
  event: string,
  judgement: Judgement,
): Map<string, number> | null {
  const reported = events.filter(({ name }) => name === event);
  if (reported.length === 0) {
    judgement.doubt(`no node reported an effect with the event ${event}`);
    return null;
  }
  return countsOf(
    reported.map(({ data }) => {
      const [only, ...more] = Object.values(data);
      return canonicalText(data.id ?? (more.length === 0 ? (only ?? null) : data));
    }),
  );
}

/** Null if no read covers all that can have happened. */
function countsRead(
  history: History,
  asking: readonly Operation[],
  judgement: Judgement,
): Map<string, number> | null {
  const quietMs = Math.max(
    healedMs(history),
    largest(asking.map(({ invokedMs, endedMs }) => endedMs ?? invokedMs)),
  );
  const reads = byKey(
    history.operations.filter(
      (one) => isReadOf(one) && one.type === 'ok' && one.invokedMs > quietMs,
    ),
  );
  const total = new Map<string, number>();
  let isSeen = true;
  const missed = (sentence: string): void => {
    isSeen = false;
    judgement.doubt(sentence);
  };
  for (const key of new Set(asking.map((one) => one.key))) {
    const last = [...new Map((reads.get(key) ?? []).map((read) => [read.node, read])).values()];
    const lists = last.map(({ output }) => elementsOf(output));
    const what = key === undefined ? 'what happened' : `what happened to ${canonicalText(key)}`;
    if (lists.length === 0)
      missed(`no client read ${what} after the last request had ended and every fault was healed`);
    const most = new Map<string, number>();
    for (const [i, list] of lists.entries()) {
      if (list === null) missed(`${named(last[i]!)} did not answer with a list of effects`);
      for (const [name, count] of countsOf(list ?? [])) {
        most.set(name, Math.max(count, most.get(name) ?? 0));
      }
    }
    for (const [name, count] of most) total.set(name, count + (total.get(name) ?? 0));
  }
  return isSeen ? total : null;
}
