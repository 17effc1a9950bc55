/**
 * A workload: what clients do. It consists of data and pure functions; `cluster.load` runs it.
 *
 * Requests follow from (seed, workload, client, n) and, if a client depends on earlier replies (the value
 * that it compares with, the lock that it holds), from these. They are not a random stream: adding or
 * removing an operation changes no other.
 */
import type { Operation } from '@faultline/history';
import { loadDefaults, type PlannedLoad } from '@faultline/plans/data';
import {
  FaultlineError,
  type Json,
  loadClientsMax,
  parseDuration,
  parseNodes,
} from '@faultline/protocol';

/** A request of a client: the body of a message. */
export interface Request {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface LoadOptions {
  /** Number of concurrent clients (default: 5). */
  readonly clients?: number;
  /** Duration: `10s`. Give this or `operations`. */
  readonly for?: string;
  /** Total number of operations of all clients. */
  readonly operations?: number;
  /**
   * Operations per second, all clients together (default: 50 per client with `for`, as fast as replies
   * arrive with `operations`).
   */
  readonly rate?: number;
  /** Operations per second that clients must reach: a load below that throws LOAD_TOO_SLOW. */
  readonly minRate?: number;
  /** Combined with the cluster's seed: a different seed makes different operations. */
  readonly seed?: string | number;
  /** How long a client waits for a reply (default: 1s). */
  readonly timeout?: string;
  /**
   * Which node a client calls. `own` (default): always the same one. `any`: a random one each time. Or a
   * selector such as `leader` or `n1,n2`, resolved each time.
   */
  readonly ask?: string;
}

export interface KeyedLoadOptions extends LoadOptions {
  /** Number of keys, called k1, k2, … (default: 3). */
  readonly keys?: number;
}

/** Rate and duration; times in ms. */
export interface Pace {
  readonly clients: number;
  readonly forMs: number;
  readonly operations: number;
  /** Time between two operations of one client; 0: as fast as replies arrive. */
  readonly everyMs: number;
  /** Requested and required operations per second, all clients together. */
  readonly rate?: number;
  readonly minRate?: number;
  readonly timeout: string;
  readonly ask: string;
  readonly seed: string;
}

/** The `which`-th draw for the current operation, at least 0 and below 1. */
export type Draw = (which: number) => number;

export interface Answer {
  readonly request: Request;
  readonly type: 'ok' | 'fail' | 'info';
  /** For `ok`: the body of the reply. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The script of one client. */
export interface Script {
  /** The n-th operation, from 1; null: nothing this time. */
  next(n: number, draw: Draw): Request | null;
  /** Called with the outcome of the last request. */
  hear?(answer: Answer): void;
}

export interface Workload {
  readonly name: string;
  readonly pace: Pace;
  /** `client` counts from 1. */
  script(client: number): Script;
  /** The final reads from every node; see `converge`. */
  readonly finalReads: readonly Request[];
  /** Turns a recorded operation into the form that checkers use, if that differs from the request. */
  readonly shape?: (operation: Operation) => Operation;
  /**
   * The id by which the program recognizes a request that its client retries, so that it takes effect once.
   * Undefined: each attempt is a separate operation.
   */
  readonly requestOf?: (operation: Operation) => string | undefined;
}

const planned = Symbol.for('faultline.planned-load');

/** A workload that plans can name, and its name there. A modified copy has none. */
export function plannedAs(workload: Workload, load: PlannedLoad): Workload {
  return Object.defineProperty(workload, planned, { value: load });
}

/** Null: no plan can name it. */
export const plannedLoadOf = (workload: Workload): PlannedLoad | null =>
  (workload as { readonly [planned]?: PlannedLoad })[planned] ?? null;

const rateOfClient = 50;

/** Throws BAD_REQUEST, BAD_DURATION, BAD_SELECTOR. */
export function readPace(options: LoadOptions): Pace {
  const {
    clients,
    operations,
    rate,
    minRate,
    timeout,
    ask,
    seed = '',
  } = { ...loadDefaults, ...set(options) };
  const bad = (what: string): FaultlineError => new FaultlineError('BAD_REQUEST', what);
  if (!Number.isInteger(clients) || clients < 1 || clients > loadClientsMax) {
    throw bad(`clients: expected a number from 1 to ${loadClientsMax}, got ${clients}`);
  }
  if (options.for === undefined && operations === undefined) {
    throw bad("expected the length of the load: `for: '10s'`, or a number of `operations`");
  }
  if (operations !== undefined && (!Number.isInteger(operations) || operations < 1)) {
    throw bad(`operations: expected a whole number above 0, got ${operations}`);
  }
  for (const [name, number] of Object.entries({ rate, minRate })) {
    if (number === undefined || number > 0) continue;
    throw bad(`${name}: expected a number above 0, got ${number}`);
  }
  const usual = options.for === undefined ? Number.POSITIVE_INFINITY : rateOfClient * clients;
  if (ask !== 'own' && ask !== 'any') parseNodes(ask);
  return {
    clients,
    forMs: options.for === undefined ? Number.POSITIVE_INFINITY : parseDuration(options.for),
    operations: operations ?? Number.POSITIVE_INFINITY,
    everyMs: (1000 * clients) / (rate ?? usual),
    ...set({ rate, minRate }),
    timeout,
    ask,
    seed: String(seed),
  };
}

/** The fields that are present. */
export const set = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** One of the values. */
export const pick = <T>(among: readonly T[], draw: number): T =>
  among[Math.floor(draw * among.length)]!;

/** A number that is unique in the load, with the client in its last digits. */
export const uniqueValue = (client: number, n: number): number => 100 * n + client;

/** The same operation with another name or output. */
export const answered = (operation: Operation, output: Operation['output']): Operation =>
  operation.type === 'ok' && output !== undefined ? { ...operation, output } : operation;

/** The value of a reply under the first of these names that it has; undefined if it has none. */
export function fieldOf(output: Json | undefined, ...names: readonly string[]): Json | undefined {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return undefined;
  const fields = output as Readonly<Record<string, Json>>;
  const name = names.find((each) => Object.hasOwn(fields, each));
  return name === undefined ? undefined : fields[name];
}
