/** What each route of the control API takes and answers. */
import { type Static, type TSchema, Type } from 'typebox';
import type { RouterStats } from '../control/router.ts';
import type { ErrorCode } from '../errors.ts';
import type { FateEvent } from '../recorded/facts.ts';
import type { RouteName, routes } from './routes.ts';
import * as s from './schemas.ts';

export interface RouteSchemas {
  readonly body?: TSchema;
  readonly query?: TSchema;
  readonly response: TSchema;
  /** Beyond those that follow from what the request holds. */
  readonly errors?: readonly ErrorCode[];
}

const Done = Type.Object({ done: Type.Literal(true) });

/** Data that other parts of the protocol type: it passes through as it is. */
const data = <T>(description: string) => Type.Unsafe<T>({ description });
const Stats = data<RouterStats>('the counts of the router');
const Traced = data<{ readonly events: readonly FateEvent[] }>('`events`: fates, oldest first');

const shapes = {
  status: { response: s.ClusterStatus },
  down: { response: Done },
  stats: { response: Stats, errors: ['ROUTER_DOWN'] },
  geographyInForce: { response: s.GeographyInForce },
  faults: { response: s.Faults },
  rules: { response: s.Rules },
  addRules: {
    body: s.AddRules,
    response: s.RulesChanged,
    errors: ['BAD_RULE', 'BAD_SELECTOR', 'NODE_UNKNOWN'],
  },
  dryRun: {
    body: s.DryRunRequest,
    response: s.DryRun,
    errors: ['BAD_RULE', 'BAD_SELECTOR', 'NODE_UNKNOWN'],
  },
  removeRules: { response: s.RulesChanged },
  held: { query: s.HeldQuery, response: s.HeldMessages, errors: ['ROUTER_DOWN'] },
  call: {
    body: s.Call,
    response: s.CallResult,
    errors: ['BAD_SELECTOR', 'NODE_UNKNOWN', 'CALL_REFUSED', 'CALL_UNKNOWN', 'ROUTER_DOWN'],
  },
  trace: { query: s.TraceQuery, response: Traced },
  logs: { query: s.LogQuery, response: s.LogLines },
} as const satisfies Readonly<Record<RouteName, RouteSchemas>>;

export const routeSchemas: Readonly<Record<RouteName, RouteSchemas>> = shapes;

type Shapes = typeof shapes;

type InPath<Path extends string> = Path extends `${string}:${string}/${infer Rest}`
  ? [named: string, ...InPath<`/${Rest}`>]
  : Path extends `${string}:${string}`
    ? [named: string]
    : [];

type Beside<Shape> = Shape extends { readonly body: infer Body extends TSchema }
  ? [body: Static<Body>]
  : Shape extends { readonly query: infer Query extends TSchema }
    ? [query?: Static<Query>]
    : [];

/** What a request holds: the parameters of the path in their order, then the body or the query. */
export type RouteRequest<Name extends RouteName> = [
  ...InPath<(typeof routes)[Name]['path']>,
  ...Beside<Shapes[Name]>,
];
export type RouteAnswer<Name extends RouteName> = Static<Shapes[Name]['response']>;
