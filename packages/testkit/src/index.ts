export {
  appendList,
  bank,
  type CheckResult,
  counter,
  defineModel,
  type FaultInterval,
  type History,
  keyValue,
  lease,
  lock,
  type Model,
  type ModelSpec,
  type Operation,
  oneOf,
  queue,
  register,
  registerOf,
  set,
  writeHistory,
} from '@faultline/history';
export type { Node } from '@faultline/node';
export { FaultlineError } from '@faultline/protocol';
export type { EventWait, UntilOptions } from './cluster/events.ts';
export type { Fault } from './cluster/fault.ts';
export { faultIntervals, type Hits } from './cluster/intervals.ts';
export type { Match } from './cluster/link.ts';
export { type LoadParts, runLoad } from './cluster/load.ts';
export type { CallOptions, Request } from './cluster/node.ts';
export { nodeEventsOf } from './cluster/node-events.ts';
export type { FunctionProgram } from './cluster/program-source.ts';
export { nothingWaits } from './cluster/rest.ts';
export { type StartOptions, startCluster } from './cluster/start.ts';
export type {
  ConvergeOptions,
  PartitionOptions,
  RunLoadOptions,
  TestCluster,
} from './cluster/test-cluster.ts';
export { unreadyInWords } from './cluster/unready.ts';
export { isOverAnyway, makeWell, startAnew } from './cluster/well.ts';
export * from './expect/assert.ts';
export { type FaultlineMatchers, matchers } from './expect/matchers.ts';
export { type BankLoadOptions, bankLoad } from './workloads/bank.ts';
export { type BroadcastLoadOptions, broadcastLoad } from './workloads/broadcast.ts';
export { type CounterLoadOptions, counterLoad } from './workloads/counter.ts';
export { idsLoad } from './workloads/ids.ts';
export { type LockLoadOptions, lockLoad } from './workloads/lock.ts';
export { type LogLoadOptions, logLoad } from './workloads/log.ts';
export { type RegisterLoadOptions, registerLoad } from './workloads/register.ts';
export { type SetLoadOptions, setLoad } from './workloads/set.ts';
export { type TxnLoadOptions, txnLoad } from './workloads/txn.ts';
export type {
  Answer,
  Draw,
  KeyedLoadOptions,
  LoadOptions,
  Pace,
  Script,
  Workload,
} from './workloads/workload.ts';
