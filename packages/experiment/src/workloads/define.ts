/**
 * A workload is declared once, in a file of its own: what clients ask, what that is about, and what is
 * checked unless a plan says otherwise. Plans, tests, the command line and the documents are derived.
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
  /** What is read of every node at the end; nothing if omitted. */
  readonly finalReads?: readonly Request[];
  /** An operation of the recording as checkers take it, where that is not how it was asked. */
  readonly shape?: Workload['shape'];
  /** The name of a request that is asked again until it is answered, and takes effect once. */
  readonly requestOf?: Workload['requestOf'];
  /** Its draws and messages have this name, where options make another workload of it. */
  readonly name?: string;
}

export interface WorkloadDeclaration<Options extends TObject> {
  /** Hyphenated. */
  readonly name: string;
  /** One line: what clients ask. */
  readonly summary: string;
  /** Options beside those of every load. Each has a `description`, and a `default` unless it has none. */
  readonly options?: Options;
  /** How many keys there are by default; a workload without it has no keys. */
  readonly keys?: number;
  /** Requests that its checks judge, also where they come from a plan or a test and not from a client. */
  readonly asks: readonly string[];
  /** What its operations are about, where one object answers them. */
  // biome-ignore lint/suspicious/noExplicitAny: of whatever state.
  readonly model?: Model<any>;
  /** What a plan checks that names no checks. */
  readonly checks?: readonly Check[];
  /** Which nodes clients ask unless a load says otherwise: `own`, `any` or a selector. Default: `own`. */
  readonly ask?: string;
  /** `import.meta.url`, so that the plan of a failed test can name the workload. */
  readonly from?: string;
  /** Options that have a default are always given. Throws BAD_REQUEST. */
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
  /** How many by default; null: it has no keys. */
  readonly keys: number | null;
  readonly asks: readonly string[];
  readonly model: Model | null;
  readonly checks: readonly Check[];
  readonly ask: string;
  readonly from: string | null;
  /** The workload as `cluster.load` takes it. Throws BAD_REQUEST, BAD_DURATION, BAD_SELECTOR. */
  readonly load: (options: Given) => Workload;
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** What a load is told: its own options beside those of every load, and `keys` where it has keys. */
type GivenTo<Options extends TObject, Keys> = LoadOptions &
  Static<Options> &
  (Keys extends number ? { readonly keys?: number } : unknown);

type Declared<Options extends TObject, Keys> = WorkloadDeclaration<Options> & {
  readonly keys?: Keys;
};
type NoOptions = TObject<Record<never, never>>;

/**
 * A workload of a user. Plans name it by its file, tests by what this returns; a test that fails can be
 * replayed if the declaration has `from`. Throws BAD_REQUEST where the declaration lacks something.
 */
export function defineWorkload<
  Options extends TObject = NoOptions,
  Keys extends number | undefined = undefined,
>(declaration: Declared<Options, Keys>): DefinedWorkload<GivenTo<Options, Keys>> {
  return declared(declaration, declaration.from ?? null);
}

/** One of ours: plans know it by its name. */
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
    throw bad(`a workload has a name such as bank-transfers, got ${shown(name)}`);
  }
  if (typeof summary !== 'string' || !Array.isArray(asks) || !isFunction(declaration.clients)) {
    throw bad(`the workload ${name} needs a summary, the requests it asks, and clients(options)`);
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

/** Throws BAD_REQUEST for an option that the workload does not have, or that does not fit. */
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
    throw bad(`keys: expected a whole number above 0, not ${keys}`);
  }
  return Array.from({ length: keys }, (_, i) => `k${i + 1}`);
}

/** How a plan says it. */
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
