/**
 * The checks that tests ask for, by the names of their matchers. Each takes a history and answers with
 * a result; `outcome.ts` makes a pass or a failure of it.
 */
import {
  type AvailabilityBudget,
  type CheckResult,
  type ConservationOptions,
  type CounterOptions,
  checkAvailability,
  checkCausal,
  checkConservation,
  checkConvergence,
  checkCounter,
  checkEffects,
  checkLatency,
  checkLinearizable,
  checkMessages,
  checkMonotonicReads,
  checkMutualExclusion,
  checkRecovery,
  checkSequential,
  checkSessions,
  checkSet,
  checkSingleLeader,
  checkTotalOrder,
  checkTransactions,
  checkUniqueIds,
  type EffectsOptions,
  type Growth,
  type History,
  type LinearizabilityOptions,
  logsOf,
  type Model,
  type MutualExclusionOptions,
  type SessionGuarantee,
  type SetOptions,
  sessionGuarantees,
  type TotalOrderOptions,
  type TransactionModel,
  type TransactionOptions,
  type UniqueIdsOptions,
  type VersionOrder,
  vacuousUnlessHit,
} from '@faultline/history';
import { FaultlineError, parseDuration, parsePercent } from '@faultline/protocol';

export type Consistency =
  | TransactionModel
  | SessionGuarantee
  /** All four of them together. */
  | 'session guarantees'
  | 'sequential'
  | 'causal'
  | 'causal-memory'
  | 'causal-convergence';

export interface ConsistencyOptions extends Pick<TransactionOptions, 'keys' | 'stepsMax'> {
  /** Of transactions: lists or registers; told by their steps where left out. */
  readonly kind?: TransactionOptions['kind'];
  /** Of `sequential`: what the object is. */
  readonly model?: Model;
  /** Of session guarantees: by what versions are in order, where the store has one. */
  readonly order?: VersionOrder;
}

/** Faults that touched nothing prove nothing. */
const tried = (history: History, result: CheckResult): CheckResult =>
  vacuousUnlessHit(result, history.faults, history.operations);

export const linearizable = <State>(
  history: History,
  model: Model<State>,
  options: LinearizabilityOptions = {},
): CheckResult => checkLinearizable(history, model as Model, options);

export function consistent(
  history: History,
  promise: Consistency,
  { model, order, ...options }: ConsistencyOptions = {},
): CheckResult {
  switch (promise) {
    case 'sequential':
      if (model !== undefined) return tried(history, checkSequential(history, { model }));
      throw new FaultlineError(
        'BAD_REQUEST',
        'sequential consistency is about an object: say which, as in `{ model: register }`',
      );
    case 'causal':
    case 'causal-memory':
    case 'causal-convergence':
      return tried(history, checkCausal(history, { form: promise }));
    case 'session guarantees':
      return tried(history, checkSessions(history, order === undefined ? {} : { order }));
    default:
      return tried(
        history,
        isGuarantee(promise)
          ? checkSessions(history, {
              guarantees: [promise],
              ...(order === undefined ? {} : { order }),
            })
          : checkTransactions(history, { model: promise, ...options }),
      );
  }
}

const isGuarantee = (promise: Consistency): promise is SessionGuarantee =>
  sessionGuarantees.includes(promise as SessionGuarantee);

export const converged = (
  history: History,
  { within }: { readonly within?: string } = {},
): CheckResult =>
  tried(
    history,
    checkConvergence(history, within === undefined ? {} : { withinMs: parseDuration(within) }),
  );

export const keepsAll = (history: History, options: SetOptions = {}): CheckResult =>
  tried(history, checkSet(history, options));

export const unique = (history: History, options: UniqueIdsOptions = {}): CheckResult =>
  tried(history, checkUniqueIds(history, options));

export const counted = (history: History, options: CounterOptions = {}): CheckResult =>
  tried(history, checkCounter(history, options));

export const exclusive = (history: History, options: MutualExclusionOptions = {}): CheckResult =>
  tried(history, checkMutualExclusion(history, options));

/** `total`: the sum of all balances, or what each account holds at the start. */
export function conserved(
  history: History,
  total: number | ConservationOptions['accounts'],
  options: Omit<ConservationOptions, 'accounts'> = {},
): CheckResult {
  const accounts = typeof total === 'number' ? accountsOf(history, total) : total;
  return tried(history, checkConservation(history, { accounts, ...options }));
}

/** Whatever accounts somebody has read, with the whole sum on the first. */
function accountsOf({ operations }: History, total: number): Record<string, number> {
  const names = new Set(
    operations.flatMap(({ f, output }) =>
      f === 'read' && typeof output === 'object' && output !== null && !Array.isArray(output)
        ? Object.keys(output)
        : [],
    ),
  );
  return Object.fromEntries([...names].map((name, i) => [name, i === 0 ? total : 0]));
}

export const effective = (
  history: History,
  promise: EffectsOptions['promise'],
  options: Omit<EffectsOptions, 'promise'> = {},
): CheckResult => tried(history, checkEffects(history, { promise, ...options }));

export const growing = (history: History, grows: Growth): CheckResult =>
  tried(history, checkMonotonicReads(history, { grows }));

export const led = (history: History): CheckResult =>
  tried(history, checkSingleLeader(history.events ?? []));

export const ordered = (
  history: History,
  options: Omit<TotalOrderOptions, 'logs'> = {},
): CheckResult =>
  tried(history, checkTotalOrder(history, { logs: logsOf(history.events ?? []), ...options }));

export const recovered = (history: History, { within }: { readonly within: string }): CheckResult =>
  checkRecovery(history, { withinMs: parseDuration(within) });

/** `<= 30`, or 30: messages between nodes for each operation. */
export function cheap(history: History, most: string | number): CheckResult {
  const perOperationMax = typeof most === 'number' ? most : Number(most.replace(/^\s*<=\s*/, ''));
  if (!(perOperationMax >= 0)) {
    throw new FaultlineError('BAD_REQUEST', `expected a bound such as "<= 30", got ${most}`);
  }
  const { messages } = history;
  if (messages !== undefined) return checkMessages(history, { messages, perOperationMax });
  const summary = 'nobody counted messages: trace is off';
  return { verdict: 'unknown', summary, explanation: [summary], stats: {} };
}

/** `share`: `>= 99%`, `99%` or 0.99. */
export function available(
  history: History,
  share: string | number,
  options: Omit<AvailabilityBudget, 'shareMin'> = {},
): CheckResult {
  const shareMin = typeof share === 'number' ? share : parsePercent(share.replace(/^\s*>=\s*/, ''));
  return checkAvailability(history, { shareMin, ...options });
}

/** The largest latency by share of operations: `{ '99%': '200ms', '100%': '1s' }`. */
export function quick(history: History, quantiles: Readonly<Record<string, string>>): CheckResult {
  const entries = Object.entries(quantiles).map(
    ([share, max]) => [parsePercent(share), parseDuration(max)] as const,
  );
  return checkLatency(history, { quantilesMs: Object.fromEntries(entries) });
}
