/** Matchers for `expect.extend`, of vitest and of Jest: the same functions for both. */
import { inspect } from 'node:util';
import type {
  CheckResult,
  ConservationOptions,
  CounterOptions,
  EffectsOptions,
  Growth,
  History,
  LinearizabilityOptions,
  Model,
  MutualExclusionOptions,
  SetOptions,
  TotalOrderOptions,
  UniqueIdsOptions,
} from '@faultline/history';
import type { Check } from '@faultline/plans';
import { FaultlineError } from '@faultline/protocol';
import * as asked from '../replay/asked-checks.ts';
import * as checks from './checks.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** What both runners bind `this` to. */
interface Context {
  readonly isNot?: boolean;
}

/** What `expect(history)` has beside the runner's own matchers. */
export interface FaultlineMatchers<R = void> {
  /** Each operation took effect once, between its invocation and its end. */
  toBeLinearizable<State>(model: Model<State>, options?: LinearizabilityOptions): R;
  /** Transactions keep a model; or reads and writes a session guarantee, causality, one order. */
  toBeConsistent(promise: checks.Consistency, options?: checks.ConsistencyOptions): R;
  /** In the end all nodes answer the same; `within` so long after the last change. */
  toConverge(options?: { readonly within?: string }): R;
  /** What was acknowledged is there in the end, once. */
  toLoseNothing(options?: SetOptions): R;
  /** No id was given out twice. */
  toBeUnique(options?: UniqueIdsOptions): R;
  /** Every read of all accounts has the same sum: a total, or what each account has at first. */
  toConserve(
    total: number | ConservationOptions['accounts'],
    options?: Omit<ConservationOptions, 'accounts'>,
  ): R;
  /** Reads of a counter lie between what must and what may have been counted. */
  toCount(options?: CounterOptions): R;
  /** No two hold the lock at a time, and tokens grow. */
  toExclude(options?: MutualExclusionOptions): R;
  /** What was asked for happened `at most once` or `exactly once`, however often it was asked for. */
  toTakeEffect(promise: EffectsOptions['promise'], options?: Omit<EffectsOptions, 'promise'>): R;
  /** A client never reads less than before, of a `number`, `set` or `list` that only grows. */
  toGrow(grows: Growth): R;
  /** No term had two leaders, as the nodes told with the event `leader`. */
  toHaveOneLeader(): R;
  /** All nodes delivered the same messages in the same order, as they told with the event `deliver`. */
  toDeliverInOrder(options?: Omit<TotalOrderOptions, 'logs'>): R;
  /** After each healing all is answered again `within` so long. */
  toRecover(options: { readonly within: string }): R;
  /** So many messages between nodes for each operation: `<= 30`. */
  toCost(most: string | number): R;
  /** So many operations were answered: `>= 99%`. */
  toBeAvailable(share: string | number, options?: { readonly refusalsCount?: boolean }): R;
  /** Latencies by share of operations: `{ '99%': '200ms' }`. */
  toBeQuick(quantiles: Readonly<Record<string, string>>): R;
}

/** What a matcher asks: `promise` completes "the history to …", `check` is how a plan says it, if it can. */
interface Question {
  readonly result: CheckResult;
  readonly promise: string;
  readonly check: Check | null;
}

const questions = {
  toBeLinearizable(
    history: History,
    model: Model<unknown>,
    options?: LinearizabilityOptions,
  ): Question {
    requireModel(model);
    return {
      result: checks.linearizable(history, model, options),
      promise: `be linearizable (${model.name})`,
      check: asked.linearizableCheck(model),
    };
  },
  toBeConsistent: (
    history: History,
    promise: checks.Consistency,
    options: checks.ConsistencyOptions = {},
  ): Question => ({
    result: checks.consistent(history, promise, options),
    promise: `be ${promise}`,
    check: asked.consistencyCheck(promise, options),
  }),
  toConverge: (history: History, options: { readonly within?: string } = {}): Question => ({
    result: checks.converged(history, options),
    promise: 'converge',
    check: asked.convergenceCheck(options.within),
  }),
  toLoseNothing: (history: History, options: SetOptions = {}): Question => ({
    result: checks.keepsAll(history, options),
    promise: 'lose nothing',
    check: asked.setCheck(options),
  }),
  toBeUnique: (history: History, options: UniqueIdsOptions = {}): Question => ({
    result: checks.unique(history, options),
    promise: 'have unique ids',
    check: asked.uniqueCheck(options),
  }),
  toConserve: (
    history: History,
    total: number | ConservationOptions['accounts'],
    options: Omit<ConservationOptions, 'accounts'> = {},
  ): Question => ({
    result: checks.conserved(history, total, options),
    promise: 'conserve its total',
    check: asked.conservationCheck(total, options),
  }),
  toCount: (history: History, options: CounterOptions = {}): Question => ({
    result: checks.counted(history, options),
    promise: 'count each add once',
    check: asked.counterCheck(options),
  }),
  toExclude: (history: History, options: MutualExclusionOptions = {}): Question => ({
    result: checks.exclusive(history, options),
    promise: 'have one holder at a time',
    check: asked.exclusionCheck(options),
  }),
  toTakeEffect: (
    history: History,
    promise: EffectsOptions['promise'],
    options: Omit<EffectsOptions, 'promise'> = {},
  ): Question => ({
    result: checks.effective(history, promise, options),
    promise: `take effect ${promise}`,
    check: asked.effectsCheck(promise, options),
  }),
  toGrow: (history: History, grows: Growth): Question => ({
    result: checks.growing(history, grows),
    promise: 'be read as growing only',
    check: { 'growing-reads': grows },
  }),
  toHaveOneLeader: (history: History): Question => ({
    result: checks.led(history),
    promise: 'have one leader a term',
    check: 'single-leader',
  }),
  toDeliverInOrder: (
    history: History,
    options: Omit<TotalOrderOptions, 'logs'> = {},
  ): Question => ({
    result: checks.ordered(history, options),
    promise: 'be delivered in one order',
    check: asked.orderCheck(options),
  }),
  toRecover: (history: History, options: { readonly within: string }): Question => ({
    result: checks.recovered(history, options),
    promise: `recover within ${options.within}`,
    check: { recovery: `<= ${options.within}` },
  }),
  toCost: (history: History, most: string | number): Question => ({
    result: checks.cheap(history, most),
    promise: `cost ${most} messages an operation`,
    check: asked.costCheck(most),
  }),
  toBeAvailable: (
    history: History,
    share: string | number,
    options?: { readonly refusalsCount?: boolean },
  ): Question => ({
    result: checks.available(history, share, options),
    promise: `be answered (${share})`,
    check: asked.availabilityCheck(share),
  }),
  toBeQuick: (history: History, quantiles: Readonly<Record<string, string>>): Question => ({
    result: checks.quick(history, quantiles),
    promise: 'be answered in time',
    check: asked.latencyCheck(quantiles),
  }),
};

type Questions = typeof questions;

type Matchers = {
  readonly [Name in keyof Questions]: (
    this: Context,
    ...args: Parameters<Questions[Name]>
  ) => Outcome;
};

export const matchers = Object.fromEntries(
  Object.entries(questions).map(([name, ask]) => [name, matcherOf(name, ask as Ask)]),
) as Matchers;

type Ask = (history: History, ...args: unknown[]) => Question;

function matcherOf(name: string, ask: Ask) {
  return function matcher(this: Context, history: unknown, ...args: unknown[]): Outcome {
    requireHistory(name, history);
    const { result, promise, check } = ask(history, ...args);
    return outcomeOf(history, result, promise, check, this.isNot === true);
  };
}

/** Says in one line what was given in the place of a history. */
function requireHistory(matcher: string, given: unknown): asserts given is History {
  const isHistory = Array.isArray((given as Partial<History> | null | undefined)?.operations);
  if (isHistory) return;
  const what = given instanceof Promise ? 'a promise: wait for it, with await' : shown(given);
  throw new FaultlineError(
    'BAD_REQUEST',
    `${matcher}: expected a history, as \`await cluster.load(…)\` answers, got ${what}`,
  );
}

function requireModel(given: unknown): void {
  if (typeof (given as Partial<Model> | undefined)?.step === 'function') return;
  throw new FaultlineError(
    'BAD_REQUEST',
    `toBeLinearizable: expected a model, such as register in \`toBeLinearizable(register)\`, got ${shown(given)}`,
  );
}

const shown = (given: unknown): string => inspect(given, { depth: 0, breakLength: Infinity });
