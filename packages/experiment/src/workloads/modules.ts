/** Custom workloads: modules that plans name by their paths. */
import { resolve } from 'node:path';
import { type Action, isModule, type Plan, type PlannedLoad, verbOf } from '@faultline/plans/data';
import { FaultlineError } from '@faultline/protocol';
import { bundleModule, declaredIn, importModule, type UserModule } from '../modules/module.ts';
import { type AnyWorkload, findWorkload, type WorkloadModules } from './registry.ts';

/** The bundles of workload modules, by the absolute path that a plan names. */
export type WorkloadBundles = Readonly<Record<string, string>>;

type Loads = Pick<Plan, 'before' | 'load'>;

/** The loads before the judged one, and the judged one, each with its path in the plan. */
export const loadsByPath = ({ before = [], load }: Loads): [path: string, load: PlannedLoad][] => [
  ...before.flatMap((action, i): [string, PlannedLoad][] =>
    verbOf(action) === 'load' ? [[`before[${i}].load`, action.load as PlannedLoad]] : [],
  ),
  ...(load === undefined ? [] : [['load', load] as [string, PlannedLoad]]),
];

export const loadsOf = (plan: Loads): PlannedLoad[] => loadsByPath(plan).map(([, load]) => load);

/** With absolute paths of modules; relative ones are resolved from `cwd`. */
export const placedLoad = (load: PlannedLoad, cwd: string): PlannedLoad =>
  isModule(load.workload) ? { ...load, workload: resolve(cwd, load.workload) } : load;

/** The same for an action that is a load. */
export const placedLoadAction = (action: Action, cwd: string): Action =>
  verbOf(action) === 'load'
    ? { ...action, load: placedLoad(action.load as PlannedLoad, cwd) }
    : action;

/** `plan`: with absolute paths. Throws BAD_PLAN for a module that cannot be bundled. */
export async function bundleWorkloads(plan: Loads, stateDir: string): Promise<WorkloadBundles> {
  const paths = loadsOf(plan)
    .map(({ workload }) => workload)
    .filter(isModule);
  const bundles = [...new Set(paths)].map(
    async (path) => [path, await bundleModule(moduleAt(path), stateDir)] as const,
  );
  return Object.fromEntries(await Promise.all(bundles));
}

/** Throws BAD_PLAN for a module that does not declare a workload. */
export async function importWorkloads(bundles: WorkloadBundles): Promise<WorkloadModules> {
  const modules = new Map<string, AnyWorkload>();
  for (const [path, bundle] of Object.entries(bundles)) {
    const declared = await importModule(moduleAt(path), bundle);
    modules.set(
      path,
      declaredIn(moduleAt(path), () => workloadIn(declared)),
    );
  }
  return modules;
}

/** The workload of a module at an absolute path. Throws BAD_PLAN. */
export async function loadWorkload(path: string, stateDir: string): Promise<AnyWorkload> {
  const modules = await importWorkloads({ [path]: await bundleModule(moduleAt(path), stateDir) });
  return findWorkload(path, modules);
}

const moduleAt = (path: string): UserModule => ({ kind: 'workload', path });

function workloadIn(declared: unknown): AnyWorkload {
  if (isWorkload(declared)) return declared;
  throw new FaultlineError(
    'BAD_PLAN',
    'expected `export default defineWorkload({ name, summary, asks, clients })`',
  );
}

/** `defineWorkload` has validated the rest. */
const isWorkload = (declared: unknown): declared is AnyWorkload =>
  typeof declared === 'object' &&
  declared !== null &&
  typeof (declared as Partial<AnyWorkload>).load === 'function' &&
  Array.isArray((declared as Partial<AnyWorkload>).checks);
