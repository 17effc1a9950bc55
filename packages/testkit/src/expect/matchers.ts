/** Matchers for `expect.extend`, of vitest and of Jest: the same functions for both. */
import { inspect } from 'node:util';
import type {
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

const all = {
  toBeLinearizable<State>(
    this: Context,
    history: History,
    model: Model<State>,
    options?: LinearizabilityOptions,
  ): Outcome {
    requireModel(model);
    const result = checks.linearizable(history, model, options);
    return outcomeOf(
      history,
      result,
      `be linearizable (${model.name})`,
      asked.linearizableCheck(model),
      this.isNot === true,
    );
  },
  toBeConsistent(
    this: Context,
    history: History,
    promise: checks.Consistency,
    options?: checks.ConsistencyOptions,
  ): Outcome {
    const result = checks.consistent(history, promise, options);
    return outcomeOf(
      history,
      result,
      `be ${promise}`,
      asked.consistencyCheck(promise, options ?? {}),
      this.isNot === true,
    );
  },
  toConverge(this: Context, history: History, options?: { readonly within?: string }): Outcome {
    const result = checks.converged(history, options);
    return outcomeOf(
      history,
      result,
      'converge',
      asked.convergenceCheck(options?.within),
      this.isNot === true,
    );
  },
  toLoseNothing(this: Context, history: History, options?: SetOptions): Outcome {
    const result = checks.keepsAll(history, options);
    return outcomeOf(
      history,
      result,
      'lose nothing',
      asked.setCheck(options ?? {}),
      this.isNot === true,
    );
  },
  toBeUnique(this: Context, history: History, options?: UniqueIdsOptions): Outcome {
    const result = checks.unique(history, options);
    return outcomeOf(
      history,
      result,
      'have unique ids',
      asked.uniqueCheck(options ?? {}),
      this.isNot === true,
    );
  },
  toConserve(
    this: Context,
    history: History,
    total: number | ConservationOptions['accounts'],
    options?: Omit<ConservationOptions, 'accounts'>,
  ): Outcome {
    const result = checks.conserved(history, total, options);
    return outcomeOf(
      history,
      result,
      'conserve its total',
      asked.conservationCheck(total, options ?? {}),
      this.isNot === true,
    );
  },
  toCount(this: Context, history: History, options?: CounterOptions): Outcome {
    const result = checks.counted(history, options);
    return outcomeOf(
      history,
      result,
      'count each add once',
      asked.counterCheck(options ?? {}),
      this.isNot === true,
    );
  },
  toExclude(this: Context, history: History, options?: MutualExclusionOptions): Outcome {
    const result = checks.exclusive(history, options);
    return outcomeOf(
      history,
      result,
      'have one holder at a time',
      asked.exclusionCheck(options ?? {}),
      this.isNot === true,
    );
  },
  toTakeEffect(
    this: Context,
    history: History,
    promise: EffectsOptions['promise'],
    options?: Omit<EffectsOptions, 'promise'>,
  ): Outcome {
    const result = checks.effective(history, promise, options);
    return outcomeOf(
      history,
      result,
      `take effect ${promise}`,
      asked.effectsCheck(promise, options ?? {}),
      this.isNot === true,
    );
  },
  toGrow(this: Context, history: History, grows: Growth): Outcome {
    const result = checks.growing(history, grows);
    return outcomeOf(
      history,
      result,
      'be read as growing only',
      { 'growing-reads': grows },
      this.isNot === true,
    );
  },
  toHaveOneLeader(this: Context, history: History): Outcome {
    const result = checks.led(history);
    return outcomeOf(
      history,
      result,
      'have one leader a term',
      'single-leader',
      this.isNot === true,
    );
  },
  toDeliverInOrder(
    this: Context,
    history: History,
    options?: Omit<TotalOrderOptions, 'logs'>,
  ): Outcome {
    const result = checks.ordered(history, options);
    return outcomeOf(
      history,
      result,
      'be delivered in one order',
      asked.orderCheck(options ?? {}),
      this.isNot === true,
    );
  },
  toRecover(this: Context, history: History, options: { readonly within: string }): Outcome {
    const result = checks.recovered(history, options);
    return outcomeOf(
      history,
      result,
      `recover within ${options.within}`,
      { recovery: `<= ${options.within}` },
      this.isNot === true,
    );
  },
  toCost(this: Context, history: History, most: string | number): Outcome {
    const result = checks.cheap(history, most);
    return outcomeOf(
      history,
      result,
      `cost ${most} messages an operation`,
      asked.costCheck(most),
      this.isNot === true,
    );
  },
  toBeAvailable(
    this: Context,
    history: History,
    share: string | number,
    options?: { readonly refusalsCount?: boolean },
  ): Outcome {
    const result = checks.available(history, share, options);
    return outcomeOf(
      history,
      result,
      `be answered (${share})`,
      asked.availabilityCheck(share),
      this.isNot === true,
    );
  },
  toBeQuick(this: Context, history: History, quantiles: Readonly<Record<string, string>>): Outcome {
    const result = checks.quick(history, quantiles);
    return outcomeOf(
      history,
      result,
      'be answered in time',
      asked.latencyCheck(quantiles),
      this.isNot === true,
    );
  },
};

export const matchers = guarded(all);

/** Each of them says in one line what it was given in the place of a history. */
function guarded<Matchers extends Readonly<Record<string, unknown>>>(all: Matchers): Matchers {
  const each = Object.entries(all).map(([name, matcher]) => {
    function guard(this: Context, history: unknown, ...args: unknown[]): Outcome {
      requireHistory(name, history);
      return (matcher as (...args: unknown[]) => Outcome).call(this, history, ...args);
    }
    return [name, guard];
  });
  return Object.fromEntries(each) as Matchers;
}

function requireHistory(matcher: string, given: unknown): void {
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
