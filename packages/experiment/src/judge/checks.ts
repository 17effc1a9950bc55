/** The checks that a plan names: those of the registry, and custom modules by their paths. */
import { resolve } from 'node:path';
import {
  type Check,
  type CheckOptions,
  defineCheck,
  findCheck,
  readOptions,
} from '@faultline/history';
import { checkForm, checkOf, isModule, type Check as Planned } from '@faultline/plans/data';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import { bundleModule, declaredIn, importModule, type UserModule } from '../modules/module.ts';

/** The bundles of check modules, by the absolute path that a plan names. */
export type CheckBundles = Readonly<Record<string, string>>;

/** The checks that modules declare, by the same path. */
export type CheckModules = ReadonlyMap<string, Check>;

/** With absolute paths of modules; relative ones are resolved from `cwd`. */
export const placedChecks = (checks: readonly Planned[], cwd: string): Planned[] =>
  checks.map((check) => {
    const { name, options } = checkOf(check);
    return isModule(name) ? checkForm(resolve(cwd, name), options) : check;
  });

const moduleAt = (path: string): UserModule => ({ kind: 'check', path });

/** Throws BAD_PLAN for a module that cannot be bundled. */
export async function bundleChecks(
  checks: readonly Planned[],
  stateDir: string,
): Promise<CheckBundles> {
  const paths = checks.map((check) => checkOf(check).name).filter(isModule);
  const bundles = [...new Set(paths)].map(
    async (path) => [path, await bundleModule(moduleAt(path), stateDir)] as const,
  );
  return Object.fromEntries(await Promise.all(bundles));
}

/** Throws BAD_PLAN for a module that does not declare a check. */
export async function importChecks(bundles: CheckBundles): Promise<CheckModules> {
  const modules = new Map<string, Check>();
  for (const [path, bundle] of Object.entries(bundles)) {
    const declared = await importModule(moduleAt(path), bundle);
    modules.set(
      path,
      declaredIn(moduleAt(path), () => defineCheck(declaration(declared))),
    );
  }
  return modules;
}

type Declaration = Parameters<typeof defineCheck>[0];

function declaration(declared: unknown): Declaration {
  if (isDeclaration(declared)) return declared;
  throw new FaultlineError(
    'BAD_PLAN',
    'expected `export default defineCheck({ name, summary, options, run })`',
  );
}

/** `defineCheck` validates the rest. */
const isDeclaration = (declared: unknown): declared is Declaration =>
  typeof declared === 'object' && declared !== null;

export interface FoundCheck {
  readonly check: Check;
  readonly options: CheckOptions;
}

/**
 * The check that a plan means. `path`: its place in the plan. Throws BAD_PLAN for options that a module
 * does not have.
 */
export function foundCheck(planned: Planned, modules: CheckModules, path = 'checks'): FoundCheck {
  const { name, options } = checkOf(planned);
  if (!isModule(name)) return { check: findCheck(name), options };
  const check = modules.get(name);
  if (check === undefined) throw new Error(`the check ${name} was not loaded`);
  try {
    return { check, options: readOptions(check, options) };
  } catch (thrown) {
    const { message } = asFaultlineError(thrown);
    throw new FaultlineError('BAD_PLAN', `${path}: ${message}`, { name, path });
  }
}

/** The check under its own name, for reports. */
export const formOf = ({ check, options }: FoundCheck): Planned =>
  checkForm(check.name, options, check.short);

/** The check of a module at an absolute path. Throws BAD_PLAN. */
export async function loadCheck(path: string, stateDir: string): Promise<Check> {
  const modules = await importChecks(await bundleChecks([path], stateDir));
  return modules.get(path)!;
}

/** Loads the modules that checks name and reads their options. Throws BAD_PLAN. */
export async function requireChecks(checks: readonly Planned[], stateDir: string): Promise<void> {
  const modules = await importChecks(await bundleChecks(checks, stateDir));
  for (const [i, check] of checks.entries()) foundCheck(check, modules, `checks[${i}]`);
}
