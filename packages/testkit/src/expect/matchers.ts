/** Matchers for `expect.extend`, of vitest and of Jest: the same functions for both. */
import type {
  ConservationOptions,
  CounterOptions,
  History,
  LinearizabilityOptions,
  Model,
  MutualExclusionOptions,
  SetOptions,
  UniqueIdsOptions,
} from '@faultline/history';
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
  /** So many operations were answered: `>= 99%`. */
  toBeAvailable(share: string | number, options?: { readonly refusalsCount?: boolean }): R;
  /** Latencies by share of operations: `{ '99%': '200ms' }`. */
  toBeQuick(quantiles: Readonly<Record<string, string>>): R;
}

export const matchers = {
  toBeLinearizable<State>(
    this: Context,
    history: History,
    model: Model<State>,
    options?: LinearizabilityOptions,
  ): Outcome {
    const result = checks.linearizable(history, model, options);
    return outcomeOf(history, result, `be linearizable (${model.name})`, this.isNot === true);
  },
  toBeConsistent(
    this: Context,
    history: History,
    promise: checks.Consistency,
    options?: checks.ConsistencyOptions,
  ): Outcome {
    const result = checks.consistent(history, promise, options);
    return outcomeOf(history, result, `be ${promise}`, this.isNot === true);
  },
  toConverge(this: Context, history: History, options?: { readonly within?: string }): Outcome {
    const result = checks.converged(history, options);
    return outcomeOf(history, result, 'converge', this.isNot === true);
  },
  toLoseNothing(this: Context, history: History, options?: SetOptions): Outcome {
    const result = checks.keepsAll(history, options);
    return outcomeOf(history, result, 'lose nothing', this.isNot === true);
  },
  toBeUnique(this: Context, history: History, options?: UniqueIdsOptions): Outcome {
    const result = checks.unique(history, options);
    return outcomeOf(history, result, 'have unique ids', this.isNot === true);
  },
  toConserve(
    this: Context,
    history: History,
    total: number | ConservationOptions['accounts'],
    options?: Omit<ConservationOptions, 'accounts'>,
  ): Outcome {
    const result = checks.conserved(history, total, options);
    return outcomeOf(history, result, 'conserve its total', this.isNot === true);
  },
  toCount(this: Context, history: History, options?: CounterOptions): Outcome {
    const result = checks.counted(history, options);
    return outcomeOf(history, result, 'count each add once', this.isNot === true);
  },
  toExclude(this: Context, history: History, options?: MutualExclusionOptions): Outcome {
    const result = checks.exclusive(history, options);
    return outcomeOf(history, result, 'have one holder at a time', this.isNot === true);
  },
  toBeAvailable(
    this: Context,
    history: History,
    share: string | number,
    options?: { readonly refusalsCount?: boolean },
  ): Outcome {
    const result = checks.available(history, share, options);
    return outcomeOf(history, result, `be answered (${share})`, this.isNot === true);
  },
  toBeQuick(this: Context, history: History, quantiles: Readonly<Record<string, string>>): Outcome {
    const result = checks.quick(history, quantiles);
    return outcomeOf(history, result, 'be answered in time', this.isNot === true);
  },
};
