export { quantile } from './answers.ts';
export {
  type AvailabilityBudget,
  checkAvailability,
  checkLatency,
  checkMessages,
  checkRecovery,
  type LatencyBudget,
  type MessageBudget,
  type RecoveryBudget,
} from './budgets.ts';
export { type CausalForm, type CausalOptions, checkCausal } from './causal.ts';
export { type ConservationOptions, checkConservation } from './conservation.ts';
export { type ConvergenceOptions, checkConvergence } from './convergence.ts';
export { type CounterOptions, checkCounter } from './counter.ts';
export { checkEffects, type EffectsOptions } from './effects.ts';
export { logsOf } from './events.ts';
export { Judgement, type Problem } from './judgement.ts';
export { checkMonotonicReads, type Growth } from './monotonic-reads.ts';
export { checkMutualExclusion, type MutualExclusionOptions } from './mutual-exclusion.ts';
export { checkSequential, type SequentialOptions } from './sequential.ts';
export {
  checkSessions,
  type SessionGuarantee,
  type SessionOptions,
  sessionGuarantees,
  type VersionOrder,
} from './session.ts';
export { checkSet, type SetOptions } from './set.ts';
export { checkSingleLeader, type SingleLeaderOptions } from './single-leader.ts';
export { checkTotalOrder, type TotalOrderOptions } from './total-order.ts';
export { checkUniqueIds, type UniqueIdsOptions } from './unique-ids.ts';
