/**
 * Effects that happen at most once, or exactly once, however often a request was sent.
 *
 * Each operation of the kind `f` asks for one effect, named by its input; `effects` lists those that
 * happened, as often as they did: from local events, or from a last read. What was acknowledged must
 * have happened, what failed must not, and nothing twice. Exactly once asks besides that what is
 * unknown to the client happened in the end: a system that retries for the client promises that.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named } from '../shown.ts';
import { Judgement } from './judgement.ts';

export interface EffectsOptions {
  readonly effects: readonly Json[];
  readonly promise: 'at most once' | 'exactly once';
  /** Which operations ask for effects; default all. */
  readonly f?: string;
}

export function checkEffects(
  history: History,
  { effects, promise, f }: EffectsOptions,
): CheckResult {
  const judgement = new Judgement(`${promise}: each effect`);
  const counts = new Map<string, number>();
  for (const effect of effects) {
    const name = canonicalText(effect);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const requests = new Map<string, Operation[]>();
  for (const operation of history.operations) {
    if (f !== undefined && operation.f !== f) continue;
    const name = canonicalText(operation.input);
    requests.set(name, [...(requests.get(name) ?? []), operation]);
  }
  for (const [name, asked] of requests) {
    const [first] = asked as [Operation];
    const count = counts.get(name) ?? 0;
    const operations = asked.map(({ index }) => index);
    const tell = (problem: string, what: string): void =>
      judgement.problem(problem, operations, `${named(first)} asked for ${name}, ${what}`);
    if (count > 1) tell('repeated', `which happened ${count} times`);
    const isDone = asked.some(({ type }) => type === 'ok');
    if (count > 0 && asked.every(({ type }) => type === 'fail')) {
      tell('done though failed', 'which failed and happened all the same');
    }
    if (count === 0 && isDone) tell('missing', 'which was acknowledged and never happened');
    if (count === 0 && !isDone && promise === 'exactly once' && asked.some(isUnknown)) {
      tell('missing', 'which was left unknown and never happened');
    }
  }
  for (const [name, count] of counts) {
    if (requests.has(name)) continue;
    judgement.problem(
      'uncalled for',
      [],
      `${name} happened (${count} times), and nobody asked for it`,
    );
  }
  return judgement.result(requests.size, 'requests', { effects: effects.length });
}

const isUnknown = ({ type }: Operation): boolean => type === 'info';
