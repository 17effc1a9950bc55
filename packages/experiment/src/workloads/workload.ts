/**
 * A workload: what clients ask. It is data and pure functions; `cluster.load` runs it.
 *
 * What is asked follows from (seed, workload, client, n) and, where a client goes by what it has been
 * told (the value it compares with, the lock that it holds), from its own answers. It is no stream:
 * one operation more or less moves no other.
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

/** What a client asks: the body of a message. */
export interface Request {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface LoadOptions {
  /** How many ask at a time; default 5. */
  readonly clients?: number;
  /** For how long: `10s`. This or `operations`. */
  readonly for?: string;
  /** How many operations all clients together ask for. */
  readonly operations?: number;
  /**
   * Operations a second, all clients together. Where left out: 50 for each client with `for`, and as
   * fast as answers come with `operations`.
   */
  readonly rate?: number;
  /** Operations a second that clients have to reach: a load below it throws LOAD_TOO_SLOW. */
  readonly minRate?: number;
  /** Beside the cluster's: another seed, other operations. */
  readonly seed?: string | number;
  /** How long a client waits for an answer; default 1s. */
  readonly timeout?: string;
  /**
   * Which node a client asks. `own` (default): always the same one. `any`: one that is drawn each time.
   * Or nodes by a selector such as `leader` or `n1,n2`, looked up each time.
   */
  readonly ask?: string;
}

export interface KeyedLoadOptions extends LoadOptions {
  /** How many keys; default 3. They are called k1, k2, … */
  readonly keys?: number;
}

/** How fast and how long; times in ms. */
export interface Pace {
  readonly clients: number;
  readonly forMs: number;
  readonly operations: number;
  /** Between two operations of one client; 0: as fast as answers come. */
  readonly everyMs: number;
  /** Operations a second, of all clients together, as far as they were asked for and are required. */
  readonly rate?: number;
  readonly minRate?: number;
  readonly timeout: string;
  readonly ask: string;
  readonly seed: string;
}

/** The `which`-th draw for the operation at hand, at least 0 and below 1. */
export type Draw = (which: number) => number;

export interface Answer {
  readonly request: Request;
  readonly type: 'ok' | 'fail' | 'info';
  /** Of `ok`: the body of the answer. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One client's part. */
export interface Script {
  /** The n-th operation, from 1; null: nothing this time. */
  next(n: number, draw: Draw): Request | null;
  /** Told what came of the last one. */
  hear?(answer: Answer): void;
}

export interface Workload {
  readonly name: string;
  readonly pace: Pace;
  /** `client` counts from 1. */
  script(client: number): Script;
  /** What is read of every node at the end; see `converge`. */
  readonly finalReads: readonly Request[];
  /** An operation of the recording as checkers take it, where that is not how it was asked. */
  readonly shape?: (operation: Operation) => Operation;
  /**
   * The name by which the program knows a request that its client asks again, so that it takes effect
   * once. Undefined: each operation is one of its own.
   */
  readonly requestOf?: (operation: Operation) => string | undefined;
}

const planned = Symbol.for('faultline.planned-load');

/** A workload that plans know, and how they say it. A copy with other parts is not known. */
export function plannedAs(workload: Workload, load: PlannedLoad): Workload {
  return Object.defineProperty(workload, planned, { value: load });
}

/** Null: no plan knows it. */
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
    throw bad(`a load has 1 to ${loadClientsMax} clients, not ${clients}`);
  }
  if (options.for === undefined && operations === undefined) {
    throw bad("a load ends: say `for: '10s'`, or how many `operations`");
  }
  if (operations !== undefined && (!Number.isInteger(operations) || operations < 1)) {
    throw bad(`operations: expected a whole number above 0, not ${operations}`);
  }
  for (const [name, number] of Object.entries({ rate, minRate })) {
    if (number === undefined || number > 0) continue;
    throw bad(`${name}: expected a number above 0, not ${number}`);
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

/** The fields that are there. */
export const set = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** One of them. */
export const pick = <T>(among: readonly T[], draw: number): T =>
  among[Math.floor(draw * among.length)]!;

/** A number that no other operation of the load has, with the client in its last two digits. */
export const uniqueValue = (client: number, n: number): number => 100 * n + client;

/** The same operation, called otherwise or with another output. */
export const answered = (operation: Operation, output: Operation['output']): Operation =>
  operation.type === 'ok' && output !== undefined ? { ...operation, output } : operation;

/** What an answer has under one of these names; undefined where it has none of them. */
export function fieldOf(output: Json | undefined, ...names: readonly string[]): Json | undefined {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return undefined;
  const fields = output as Readonly<Record<string, Json>>;
  const name = names.find((each) => Object.hasOwn(fields, each));
  return name === undefined ? undefined : fields[name];
}
