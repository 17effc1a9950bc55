/** What each check of a plan does: one line of the table a check. Their names and forms are the plans'. */
import {
  appendList,
  bank,
  type CheckResult,
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
  counter,
  type Growth,
  type History,
  keyValue,
  lease,
  lock,
  logsOf,
  type Model,
  queue,
  register,
  type SessionGuarantee,
  set,
  type TransactionKind,
  type TransactionModel,
  type VersionOrder,
} from '@faultline/history';
import {
  type CheckName,
  latenciesAtMost,
  numberAtMost,
  shareAtLeast,
  timeAtMost,
} from '@faultline/plans/data';
import type { Json } from '@faultline/protocol';
import type { RunReport } from '../report/report.ts';
import { modelOf } from '../workloads/table.ts';

/** `asks`: what stands behind the check's name in the plan. */
type Check = (report: RunReport, asks: unknown, limits: Limits) => CheckResult;

export interface Limits {
  /** Asked now and then; true ends a search that takes too long, which is then unknown. */
  readonly isOver?: () => boolean;
}

const models: Readonly<Record<string, Model>> = {
  register: register as Model,
  'key-value': keyValue as Model,
  counter: counter as Model,
  set: set as Model,
  queue: queue as Model,
  lock: lock as Model,
  lease: lease as Model,
  'append-list': appendList as Model,
};

const ofObject =
  (check: (history: History, model: Model, limits: Limits) => CheckResult): Check =>
  (report, asks, limits) => {
    const { history, plan } = report;
    const model =
      asks === 'bank'
        ? (bank() as Model)
        : (models[String(asks)] ?? modelOf(plan?.load?.workload) ?? (keyValue as Model));
    return check(history, model, limits);
  };

const ofHistory =
  (check: (history: History) => CheckResult): Check =>
  ({ history }) =>
    check(history);

const session =
  (...guarantees: readonly SessionGuarantee[]): Check =>
  ({ history }, order) =>
    checkSessions(history, {
      ...(guarantees.length === 0 ? {} : { guarantees }),
      ...(order === undefined ? {} : { order: order as VersionOrder }),
    });

const effects =
  (promise: 'at most once' | 'exactly once'): Check =>
  ({ history }, event) =>
    checkEffects(history, { promise, ...(event === undefined ? {} : { event: String(event) }) });

const transactions =
  (model: TransactionModel): Check =>
  ({ history }, asks) =>
    checkTransactions(history, {
      model,
      ...(asks === undefined ? {} : { kind: asks as TransactionKind }),
    });

/** Of the load alone: final reads come when all is well again. */
const whileLoaded =
  (check: (history: History, asks: unknown, report: RunReport) => CheckResult): Check =>
  (report, asks) => {
    const { history, timings } = report;
    const endMs = timings.loadEndedMs ?? Number.POSITIVE_INFINITY;
    const operations = history.operations.filter(({ invokedMs }) => invokedMs <= endMs);
    return check({ ...history, operations }, asks, report);
  };

export const checks: Readonly<Record<CheckName, Check>> = {
  linearizable: ofObject((history, model, { isOver }) =>
    checkLinearizable(history, model, isOver === undefined ? {} : { isOver }),
  ),
  sequential: ofObject((history, model) => checkSequential(history, { model })),
  causal: ofHistory((history) => checkCausal(history)),
  'causal-memory': ofHistory((history) => checkCausal(history, { form: 'causal-memory' })),
  'causal-convergence': ofHistory((history) =>
    checkCausal(history, { form: 'causal-convergence' }),
  ),
  'read-your-writes': session('read your writes'),
  'monotonic-reads': session('monotonic reads'),
  'growing-reads': ({ history }, grows) => checkMonotonicReads(history, { grows: grows as Growth }),
  'monotonic-writes': session('monotonic writes'),
  'writes-follow-reads': session('writes follow reads'),
  'session-guarantees': session(),
  'strict-serializable': transactions('strict-serializable'),
  'strong-session-serializable': transactions('strong-session-serializable'),
  serializable: transactions('serializable'),
  'strong-snapshot-isolation': transactions('strong-snapshot-isolation'),
  'strong-session-snapshot-isolation': transactions('strong-session-snapshot-isolation'),
  'snapshot-isolation': transactions('snapshot-isolation'),
  'parallel-snapshot-isolation': transactions('parallel-snapshot-isolation'),
  'repeatable-read': transactions('repeatable-read'),
  'consistent-view': transactions('consistent-view'),
  'cursor-stability': transactions('cursor-stability'),
  'strong-read-committed': transactions('strong-read-committed'),
  'strong-session-read-committed': transactions('strong-session-read-committed'),
  'read-committed': transactions('read-committed'),
  'strong-read-uncommitted': transactions('strong-read-uncommitted'),
  'strong-session-read-uncommitted': transactions('strong-session-read-uncommitted'),
  'read-uncommitted': transactions('read-uncommitted'),
  set: ofHistory((history) => checkSet(history)),
  'linearizable-set': ofHistory((history) => checkSet(history, { linearizable: true })),
  counter: ofHistory((history) => checkCounter(history, { reads: 'final' })),
  'linearizable-counter': ofHistory((history) => checkCounter(history)),
  'grow-only-counter': ofHistory((history) =>
    checkCounter(history, { reads: 'final', growOnly: true }),
  ),
  'unique-ids': ({ history }, order) =>
    checkUniqueIds(
      history,
      order === undefined ? {} : { order: order === 'process' ? 'process' : 'real time' },
    ),
  'at-most-once': effects('at most once'),
  'exactly-once': effects('exactly once'),
  'total-order': ofHistory((history) =>
    checkTotalOrder(history, { logs: logsOf(history.events ?? []) }),
  ),
  'mutual-exclusion': ofHistory((history) => checkMutualExclusion(history)),
  fencing: ofHistory((history) => checkMutualExclusion(history, { leases: true })),
  'single-leader': ofHistory(({ events = [] }) => checkSingleLeader(events)),
  conservation: ({ history }, asks) =>
    checkConservation(history, { accounts: accountsOf(history, asks) }),
  convergence: ({ history }, asks) =>
    checkConvergence(history, asks === undefined ? {} : { withinMs: timeAtMost(asks) }),
  availability: whileLoaded((history, asks) =>
    checkAvailability(history, { shareMin: shareAtLeast(asks), refusalsCount: isAnswer(history) }),
  ),
  latency: whileLoaded((history, asks) =>
    checkLatency(history, { quantilesMs: latenciesAtMost(asks) }),
  ),
  'messages-per-operation': whileLoaded((history, asks, { messages }) => {
    if (messages !== null) {
      return checkMessages(history, { messages, perOperationMax: numberAtMost(asks) });
    }
    const summary = 'messages were not recorded: run with trace: headers';
    return { verdict: 'unknown', summary, explanation: [summary], stats: {} };
  }),
  recovery: whileLoaded((history, asks) => checkRecovery(history, { withinMs: timeAtMost(asks) })),
};

/** A compare-and-set that did not find its value was answered all the same. */
const isAnswer = ({ operations }: History): boolean =>
  operations.some(({ f, type }) => f === 'cas' && type === 'fail');

/** All accounts, with the whole sum on the first: that of the first answer where the plan tells none. */
function accountsOf({ operations }: History, total?: unknown): Record<string, number> {
  const balances = operations.flatMap(({ f, type, output }) =>
    f === 'read' && type === 'ok' && typeof output === 'object' && output !== null
      ? [output as Readonly<Record<string, Json>>]
      : [],
  );
  const names = new Set(balances.flatMap((read) => Object.keys(read)));
  const first = Object.values(balances[0] ?? {}).reduce<number>(
    (sum, each) => sum + Number(each),
    0,
  );
  const sum = typeof total === 'number' ? total : first;
  return Object.fromEntries([...names].map((name, i) => [name, i === 0 ? sum : 0]));
}
