export {
  checkTransactions,
  type TransactionOptions,
  type TransactionResult,
} from './check.ts';
export type { Anomaly, CycleStep, EdgeName } from './findings.ts';
export {
  type AnomalyName,
  anomalyMeanings,
  type TransactionModel,
  transactionModels,
} from './models.ts';
export type { KeyPromise } from './registers.ts';
export type { TransactionKind } from './table.ts';
