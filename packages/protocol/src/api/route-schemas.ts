/** What each route of the control API takes and answers. */
import { type TSchema, Type } from 'typebox';
import type { RouteName } from './routes.ts';
import * as s from './schemas.ts';

export interface RouteSchemas {
  readonly body?: TSchema;
  readonly query?: TSchema;
  readonly response: TSchema;
}

const Done = Type.Object({ done: Type.Literal(true) });
const Anything = Type.Unsafe<unknown>({});

export const routeSchemas: Readonly<Record<RouteName, RouteSchemas>> = {
  status: { response: s.ClusterStatus },
  down: { response: Done },
  stats: { response: Anything },
  add: { body: s.AddNodes, response: s.Affected },
  disk: { body: s.DiskChange, response: s.Affected },
  clock: { body: s.ClockChange, response: s.Affected },
  partition: { body: s.Partition, response: s.RulesChanged },
  geography: { body: s.Geography, response: s.Placed },
  geographyInForce: { response: s.GeographyInForce },
  endGeography: { response: s.RulesChanged },
  heal: { response: s.RulesChanged },
  faults: { response: s.Faults },
  rules: { response: s.Rules },
  addRules: { body: s.AddRules, response: s.RulesChanged },
  dryRun: { body: s.DryRunRequest, response: s.DryRun },
  removeRules: { response: s.RulesChanged },
  held: { query: s.HeldQuery, response: s.HeldMessages },
  release: { body: s.Release, response: s.Released },
  call: { body: s.Call, response: s.CallResult },
  trace: { query: s.TraceQuery, response: Anything },
  logs: { query: s.LogQuery, response: s.LogLines },
};
