export * from './checks/index.ts';
export {
  type HistoryFormat,
  type ReadOptions,
  readHistory,
  writeHistory,
} from './formats/formats.ts';
export { type JepsenFormat, writeJepsenEntries } from './formats/jepsen-writer.ts';
export { historyOfEntries } from './formats/lines.ts';
export {
  checkLinearizable,
  LinearizabilityCheck,
  type LinearizabilityOptions,
  type LinearizabilityResult,
} from './linearizability/check.ts';
export type { LinearizabilityWitness } from './linearizability/witness.ts';
export { appendList } from './models/append-list.ts';
export { type BankOptions, bank } from './models/bank.ts';
export { counter } from './models/counter.ts';
export { keyValue, keyValueOf } from './models/key-value.ts';
export { lease, lock, lockOf } from './models/lock.ts';
export {
  type Asked,
  defineModel,
  type Model,
  type ModelSpec,
  OneOf,
  oneOf,
  type Step,
} from './models/model.ts';
export { queue } from './models/queue.ts';
export { register, registerOf } from './models/register.ts';
export { set } from './models/set.ts';
export * from './operation.ts';
export * from './promises/index.ts';
export * from './transactions/index.ts';
export { hitsInWords, vacuousUnlessHit } from './vacuous.ts';
