export {
  type Answer,
  type BankLoadOptions,
  type BroadcastLoadOptions,
  bankLoad,
  broadcastLoad,
  type CounterLoadOptions,
  counterLoad,
  type Draw,
  faultIntervals,
  type Hits,
  idsLoad,
  type KeyedLoadOptions,
  type LoadOptions,
  type LoadParts,
  type LockLoadOptions,
  type LogLoadOptions,
  lockLoad,
  logLoad,
  nodeEventsOf,
  type Pace,
  type RegisterLoadOptions,
  type Request,
  registerLoad,
  runLoad,
  type Script,
  type SetLoadOptions,
  setLoad,
  type TxnLoadOptions,
  txnLoad,
  unreadyInWords,
  type Workload,
} from '@faultline/experiment';
export {
  appendList,
  bank,
  type Check,
  type CheckContext,
  type CheckResult,
  counter,
  defineCheck,
  defineModel,
  type FaultInterval,
  type History,
  Judgement,
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
  Type,
  writeHistory,
} from '@faultline/history';
export type { Node } from '@faultline/node';
export { FaultlineError } from '@faultline/protocol';
export type { EventWait, UntilOptions } from './cluster/events.ts';
export type { Fault } from './cluster/fault.ts';
export type { Match } from './cluster/link.ts';
export type { CallOptions } from './cluster/node.ts';
export type { FunctionProgram } from './cluster/program-source.ts';
export { type StartOptions, startCluster } from './cluster/start.ts';
export type {
  ConvergeOptions,
  PartitionOptions,
  RunLoadOptions,
  TestCluster,
} from './cluster/test-cluster.ts';
export * from './expect/assert.ts';
export { type FaultlineMatchers, matchers } from './expect/matchers.ts';
