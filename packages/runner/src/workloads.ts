/** The workloads that a plan may name, and what they are workloads of. */
import { appendList, counter, keyValue, lease, type Model, set } from '@faultline/history';
import type { PlannedLoad } from '@faultline/plans';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import {
  bankLoad,
  broadcastLoad,
  counterLoad,
  idsLoad,
  type LoadOptions,
  lockLoad,
  logLoad,
  registerLoad,
  setLoad,
  txnLoad,
  type Workload,
} from '@faultline/testkit';

interface Entry {
  readonly make: (options: LoadOptions) => Workload;
  /** What its operations are about, where one object answers them. */
  readonly model?: Model;
  /** What of `options` it knows. */
  readonly knows: readonly string[];
}

const table: Readonly<Record<string, Entry>> = {
  register: { make: registerLoad, model: keyValue as Model, knows: ['reads', 'cas'] },
  set: { make: setLoad, model: set as Model, knows: ['reads'] },
  counter: { make: counterLoad, model: counter as Model, knows: ['reads', 'decrements'] },
  broadcast: { make: broadcastLoad, knows: ['reads'] },
  ids: { make: idsLoad, knows: [] },
  lock: { make: lockLoad, model: lease as Model, knows: ['leaseMs'] },
  log: { make: logLoad, model: appendList as Model, knows: ['polls', 'retries', 'named'] },
  bank: { make: bankLoad, knows: ['accounts', 'amountMax', 'reads'] },
  txn: { make: txnLoad, knows: ['kind', 'stepsMax', 'operationsPerKey'] },
};

export const workloadNames = Object.keys(table);

/** Throws BAD_PLAN. */
export function workloadOf(load: PlannedLoad): Workload {
  const { workload: name, options = {}, ...rest } = load;
  const entry = Object.hasOwn(table, name) ? table[name]! : undefined;
  if (entry === undefined) {
    throw bad(
      `load.workload: no workload is called ${JSON.stringify(name)}; there are ${workloadNames.join(', ')}`,
    );
  }
  const known = ['ask', 'seed', ...entry.knows];
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw bad(
      `load.options: the workload ${name} does not know ${unknown}; it knows ${known.join(', ')}`,
    );
  }
  try {
    return entry.make({ ...rest, ...options });
  } catch (thrown) {
    throw bad(`load: ${asFaultlineError(thrown).message}`);
  }
}

/** What the operations of a workload are about; undefined where no single object answers them. */
export const modelOf = (workload: string | undefined): Model | undefined =>
  workload === undefined ? undefined : table[workload]?.model;

const bad = (message: string): FaultlineError => new FaultlineError('BAD_PLAN', message);
