/**
 * All ready workloads. A new one is a file beside this one plus a line here; plans, the command line and the
 * documents are derived. A custom workload is a module that a plan names by its path.
 */
import { findCheck } from '@faultline/history';
import { checkOf, isModule, type Plan, type PlannedLoad } from '@faultline/plans/data';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import { bankWorkload } from './bank.ts';
import { broadcastWorkload } from './broadcast.ts';
import { counterWorkload } from './counter.ts';
import type { DefinedWorkload } from './define.ts';
import { idsWorkload } from './ids.ts';
import { lockWorkload } from './lock.ts';
import { logWorkload } from './log.ts';
import { registerWorkload } from './register.ts';
import { setWorkload } from './set.ts';
import { txnWorkload } from './txn.ts';
import type { LoadOptions, Workload } from './workload.ts';

export { keysOption, loadOptions } from './load-options.ts';

/** A workload that accepts any options from a plan, and rejects unknown ones. */
export type AnyWorkload = Omit<DefinedWorkload, 'load'> & {
  // biome-ignore lint/suspicious/noExplicitAny: `load` validates its options.
  readonly load: (options: any) => Workload;
};

/** The workloads that modules declare, by the absolute paths that plans name. */
export type WorkloadModules = ReadonlyMap<string, AnyWorkload>;

export const workloads: readonly AnyWorkload[] = [
  registerWorkload,
  setWorkload,
  counterWorkload,
  broadcastWorkload,
  idsWorkload,
  lockWorkload,
  logWorkload,
  bankWorkload,
  txnWorkload,
];

export const workloadNames = workloads.map(({ name }) => name);

const byName: ReadonlyMap<string, AnyWorkload> = new Map(
  workloads.map((workload) => [workload.name, workload]),
);
const none: WorkloadModules = new Map();

/** Throws BAD_PLAN for a name that no workload has. */
export function findWorkload(name: string, modules = none): AnyWorkload {
  const found = isModule(name) ? modules.get(name) : byName.get(name);
  if (found !== undefined) return found;
  if (isModule(name)) throw bad(`the workload ${name} was not loaded`);
  const meant = nearest(name, workloadNames);
  const hint = meant === undefined ? '' : `did you mean ${meant}? `;
  throw bad(
    `no workload is called ${shown(name)}; ${hint}(expected ${workloadNames.join(', ')}, or the path of a module such as ./orders.ts)`,
  );
}

/** `path`: the place of the load in its plan. Throws BAD_PLAN. */
export function workloadOf(load: PlannedLoad, modules = none, path = 'load'): Workload {
  const { workload: name, options = {}, ...rest } = load;
  let found: AnyWorkload;
  try {
    found = findWorkload(name, modules);
  } catch (thrown) {
    throw badAt(`${path}.workload`, asFaultlineError(thrown).message);
  }
  const again = Object.keys(options).find((option) => Object.hasOwn(rest, option));
  if (again !== undefined) {
    throw badAt(`${path}.options.${again}`, `${again} is already given beside workload`);
  }
  try {
    const given: LoadOptions = { ...rest, ...options };
    return found.load(given);
  } catch (thrown) {
    const { message, facts } = asFaultlineError(thrown);
    const { option } = facts;
    if (typeof option !== 'string') throw badAt(path, message);
    throw badAt(`${path}${Object.hasOwn(options, option) ? '.options' : ''}.${option}`, message);
  }
}

/** Checks of an object need its model, which the load may provide. Throws BAD_PLAN. */
export function requireModels({ load, checks }: Plan, modules = none): void {
  if (load === undefined || findWorkload(load.workload, modules).model !== null) return;
  const at = checks.findIndex((check) => needsModel(checkOf(check)));
  if (at < 0) return;
  throw badAt(
    `checks[${at}]`,
    `${String(checks[at])} needs a model, and the ${load.workload} load has none: name one, as in { ${String(checks[at])}: register }, or use another check`,
  );
}

const needsModel = ({ name, options }: ReturnType<typeof checkOf>): boolean =>
  !isModule(name) &&
  options.model === undefined &&
  Object.hasOwn(findCheck(name).options.properties, 'model');

const bad = (message: string): FaultlineError => new FaultlineError('BAD_PLAN', message);

/** With the path, as in other errors of plans. */
const badAt = (path: string, message: string): FaultlineError =>
  new FaultlineError('BAD_PLAN', `${path}: ${message}`, { path });
