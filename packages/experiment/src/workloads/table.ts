/** The workloads that a plan may name, and what they are workloads of. */
import {
  appendList,
  bank,
  counter,
  findCheck,
  keyValue,
  lease,
  type Model,
  set,
} from '@faultline/history';
import { checkOf, isModule, type Plan, type PlannedLoad } from '@faultline/plans/data';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import { bankLoad } from './bank.ts';
import { broadcastLoad } from './broadcast.ts';
import { counterLoad } from './counter.ts';
import { idsLoad } from './ids.ts';
import { lockLoad } from './lock.ts';
import { logLoad } from './log.ts';
import { registerLoad } from './register.ts';
import { setLoad } from './set.ts';
import { txnLoad } from './txn.ts';
import type { LoadOptions, Workload } from './workload.ts';

interface Entry {
  readonly make: (options: LoadOptions) => Workload;
  /** What its operations are about, where one object answers them. */
  readonly model?: Model;
  /** What its checks judge, whether or not its clients came to ask it. */
  readonly asks: readonly string[];
  /** What of `options` it knows. */
  readonly knows: readonly string[];
}

const table: Readonly<Record<string, Entry>> = {
  register: {
    make: registerLoad,
    model: keyValue as Model,
    asks: ['read', 'write', 'cas', 'delete', 'append'],
    knows: ['reads', 'cas'],
  },
  set: { make: setLoad, model: set as Model, asks: ['add', 'remove', 'read'], knows: ['reads'] },
  counter: {
    make: counterLoad,
    model: counter as Model,
    asks: ['add', 'read'],
    knows: ['reads', 'decrements'],
  },
  broadcast: { make: broadcastLoad, asks: ['broadcast', 'read'], knows: ['reads'] },
  ids: { make: idsLoad, asks: ['generate'], knows: [] },
  lock: {
    make: lockLoad,
    model: lease as Model,
    asks: ['acquire', 'write', 'release'],
    knows: ['leaseMs'],
  },
  log: {
    make: logLoad,
    model: appendList as Model,
    asks: ['send', 'poll'],
    knows: ['polls', 'retries', 'named'],
  },
  bank: {
    make: bankLoad,
    model: bank() as Model,
    asks: ['transfer', 'read'],
    knows: ['accounts', 'amountMax', 'reads'],
  },
  txn: { make: txnLoad, asks: ['txn'], knows: ['kind', 'stepsMax', 'operationsPerKey'] },
};

export const workloadNames = Object.keys(table);

/** Checks that are about an object need to know of which; the load may tell. Throws BAD_PLAN. */
export function requireModels({ load, checks }: Plan): void {
  if (load === undefined || modelOf(load.workload) !== undefined) return;
  const at = checks.findIndex((check) => needsModel(checkOf(check)));
  if (at < 0) return;
  throw bad(
    `checks[${at}]: ${String(checks[at])} is about an object, and the ${load.workload} load is about none: say which, as in { ${String(checks[at])}: register }, or take another check`,
  );
}

const needsModel = ({ name, options }: ReturnType<typeof checkOf>): boolean =>
  !isModule(name) &&
  options.model === undefined &&
  Object.hasOwn(findCheck(name).options.properties, 'model');

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

/** What of the things that clients may ask is judged in a workload. */
export const asksOf = ({ workload }: PlannedLoad): readonly string[] => table[workload]?.asks ?? [];

const bad = (message: string): FaultlineError => new FaultlineError('BAD_PLAN', message);
