export { requireReady, unreadyInWords } from './cluster/ready.ts';
export { loadCheck, placedChecks } from './judge/checks.ts';
export { type Judged, judge } from './judge/judge.ts';
export { type JudgedRun, type JudgeOptions, judgeRun } from './judge/judge-run.ts';
export { ClientNames } from './load/client-names.ts';
export { type LoadParts, runLoad } from './load/load.ts';
export { runNotedLoad } from './load/noted-load.ts';
export { type Replayed, replayRun } from './play/replay.ts';
export { preparedPlan, type Ran, type RunOptions, runPlan } from './play/run.ts';
export { ClusterTarget } from './play/target.ts';
export {
  compareDecisions,
  type Decisions,
  decisionsOf,
  type EdgeComparison,
  type Parting,
} from './report/decisions.ts';
export { faultIntervals, type Hits } from './report/intervals.ts';
export { type KeptTest, readKeptTest, writeKeptTest } from './report/kept-test.ts';
export { loadHistory } from './report/load-history.ts';
export { nodeEventsOf } from './report/node-events.ts';
export { planOf, type RunReport, reportOf, type StepReport } from './report/report.ts';
export { type BankLoadOptions, bankLoad } from './workloads/bank.ts';
export { type BroadcastLoadOptions, broadcastLoad } from './workloads/broadcast.ts';
export { type CounterLoadOptions, counterLoad } from './workloads/counter.ts';
export { type DefinedWorkload, defineWorkload } from './workloads/define.ts';
export { idsLoad } from './workloads/ids.ts';
export { type LockLoadOptions, lockLoad } from './workloads/lock.ts';
export { type LogLoadOptions, logLoad } from './workloads/log.ts';
export { loadWorkload } from './workloads/modules.ts';
export { type RegisterLoadOptions, registerLoad } from './workloads/register.ts';
export { findWorkload, workloadNames, workloads } from './workloads/registry.ts';
export { type SetLoadOptions, setLoad } from './workloads/set.ts';
export { type TxnLoadOptions, txnLoad } from './workloads/txn.ts';
export {
  type Answer,
  type Draw,
  type KeyedLoadOptions,
  type LoadOptions,
  type Pace,
  plannedLoadOf,
  type Request,
  type Script,
  type Workload,
} from './workloads/workload.ts';
