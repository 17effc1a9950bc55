/**
 * A workload is declared once, in its own file: the requests of clients, their model, and the checks that
 * apply unless a plan names others. Plans, tests, the command line and the documents are derived from it.
 */
import type { Model } from '@faultline/history';
import type { Check, PlannedLoad } from '@faultline/plans';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import { fit, nearest, shown } from '@faultline/protocol/fit';
import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { loadOptions } from './load-options.ts';
import {
  type LoadOptions,
  plannedAs,
  type Request,
  readPace,
  type Script,
  set,
  type Workload,
} from './workload.ts';

/** What clients do, once the options are known. */
export interface Clients {
  /** `client` counts from 1. */
  script(client: number): Script;
  /** The final reads from every node (default: none). */
  readonly finalReads?: readonly Request[];
  /** Turns a recorded operation into the form that checkers use, if that differs from the request. */
  readonly shape?: Workload['shape'];
  /** The id of a request that is retried until it is answered, and takes effect once. */
  readonly requestOf?: Workload['requestOf'];
  /** The name used for its draws and messages, if options turn it into a different workload. */
  readonly name?: string;
}

export interface WorkloadDeclaration<Options extends TObject> {
  /** Hyphenated. */
  readonly name: string;
  /** One line in the imperative: what clients do. */
  readonly summary: string;
  /** Options in addition to those of every load. Each has a `description` and, if it is optional, a `default`. */
  readonly options?: Options;
  /** The default number of keys; a workload without it has no keys. */
  readonly keys?: number;
  /** Requests that its checks judge, even if a plan or a test sends them. */
  readonly asks: readonly string[];
  /** The model of its operations, if they are those of one object. */
  // biome-ignore lint/suspicious/noExplicitAny: of whatever state.
  readonly model?: Model<any>;
  /** The checks of a plan that names none. */
  readonly checks?: readonly Check[];
  /** Which nodes clients call unless a load overrides it: `own`, `any` or a selector (default: `own`). */
  readonly ask?: string;
  /** `import.meta.url`, so that the plan of a failed test can name the workload. */
  readonly from?: string;
  /** Options with a default are always present. Throws BAD_REQUEST. */
  clients(
    options: Required<Static<Options>> & {
      /** k1, k2, … */
      readonly keys: readonly string[];
    },
  ): Clients;
}

export interface DefinedWorkload<Given extends LoadOptions = LoadOptions> {
  readonly name: string;
  readonly summary: string;
  readonly options: TObject;
  /** The default number; null: it has no keys. */
  readonly keys: number | null;
  readonly asks: readonly string[];
  readonly model: Model | null;
  readonly checks: readonly Check[];
  readonly ask: string;
  readonly from: string | null;
  /** The workload in the form that `cluster.load` accepts. Throws BAD_REQUEST, BAD_DURATION, BAD_SELECTOR. */
  readonly load: (options: Given) => Workload;
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The options of a load: its own, those of every load, and `keys` if it has keys. */
type GivenTo<Options extends TObject, Keys> = LoadOptions &
  Static<Options> &
  (Keys extends number ? { readonly keys?: number } : unknown);

type Declared<Options extends TObject, Keys> = WorkloadDeclaration<Options> & {
  readonly keys?: Keys;
};
type NoOptions = TObject<Record<never, never>>;

/**
 * Declares a custom workload. Plans refer to its file, tests to the returned object; a failed test can be
 * replayed if the declaration has `from`. Throws BAD_REQUEST if the declaration is incomplete.
 */
export function defineWorkload<
  Options extends TObject = NoOptions,
  Keys extends number | undefined = undefined,
>(declaration: Declared<Options, Keys>): DefinedWorkload<GivenTo<Options, Keys>> {
  return declared(declaration, declaration.from ?? null);
}

/** Declares a ready workload, which plans refer to by name. */
export function readyWorkload<
  Options extends TObject = NoOptions,
  Keys extends number | undefined = undefined,
>(declaration: Declared<Options, Keys>): DefinedWorkload<GivenTo<Options, Keys>> {
  return declared(declaration, declaration.name);
}

/** `planName`: how plans name it; null if they cannot. */
function declared<Options extends TObject, Keys>(
  declaration: Declared<Options, Keys>,
  planName: string | null,
): DefinedWorkload<GivenTo<Options, Keys>> {
  const { name, summary, keys, asks, model, checks = [], ask = 'own', from } = declaration;
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw bad(`expected a name such as bank-transfers for a workload, got ${shown(name)}`);
  }
  if (typeof summary !== 'string' || !Array.isArray(asks) || !isFunction(declaration.clients)) {
    throw bad(
      `the workload ${name} needs a summary, asks (its types of requests), and clients(options)`,
    );
  }
  const parts = {
    name,
    summary,
    options: Type.Object(declaration.options?.properties ?? {}, { additionalProperties: false }),
    keys: keys ?? null,
    asks,
    model: model ?? null,
    checks,
    ask,
    from: from ?? null,
  };
  return {
    ...parts,
    load(given: LoadOptions & { readonly keys?: number }) {
      const own: object = { ...ownOptions(parts, given), keys: keyNames(given, keys ?? 0) };
      const clients = declaration.clients(own as Parameters<typeof declaration.clients>[0]);
      const workload: Workload = {
        name: clients.name ?? name,
        pace: readPace({ ask, ...set(given) }),
        finalReads: clients.finalReads ?? [],
        script: (client) => clients.script(client),
        ...set({ shape: clients.shape, requestOf: clients.requestOf }),
      };
      return planName === null ? workload : plannedAs(workload, plannedLoad(planName, given));
    },
  };
}

/** Throws BAD_REQUEST for an unknown or invalid option. */
function ownOptions(
  { name, options, keys }: Pick<DefinedWorkload, 'name' | 'options' | 'keys'>,
  given: object,
): Record<string, unknown> {
  const common = [...Object.keys(loadOptions), ...(keys === null ? [] : ['keys'])];
  const known = [...common, ...Object.keys(options.properties)];
  const unknown = Object.keys(given).find((option) => !known.includes(option));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known);
    const hint = meant === undefined ? '' : `did you mean ${meant}? `;
    throw new FaultlineError(
      'BAD_REQUEST',
      `the workload ${name} has no option ${shown(unknown)}; ${hint}(it has ${known.join(', ')})`,
      { workload: name, option: unknown },
    );
  }
  const own = Object.entries(given).filter(([option]) => !common.includes(option));
  try {
    return { ...defaultsOf(options), ...fit(options, Object.fromEntries(own), '') };
  } catch (thrown) {
    throw bad(asFaultlineError(thrown).message);
  }
}

function defaultsOf({ properties }: TObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]: [string, TSchema]) =>
      'default' in schema ? [[name, schema.default]] : [],
    ),
  );
}

function keyNames(given: { readonly keys?: number }, usual: number): string[] {
  const { keys = usual } = given;
  if (keys !== usual && (!Number.isInteger(keys) || keys < 1)) {
    throw bad(`keys: expected a whole number above 0, got ${keys}`);
  }
  return Array.from({ length: keys }, (_, i) => `k${i + 1}`);
}

/** How a plan names it. */
function plannedLoad(workload: string, given: LoadOptions & { readonly keys?: number }) {
  const { clients, keys, for: time, operations, rate, minRate, timeout, ...rest } = given;
  const own = set(rest);
  const load: PlannedLoad = {
    workload,
    ...set({ clients, keys, for: time, operations, rate, minRate, timeout }),
    ...(Object.keys(own).length === 0 ? {} : { options: own }),
  };
  return load;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

const bad = (message: string): FaultlineError => new FaultlineError('BAD_REQUEST', message);

/** A share of operations, from 0 to 1. */
export const share = (description: string, usual: number) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: usual, description }));
