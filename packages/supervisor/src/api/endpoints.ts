/** Every route of the control API with its schemas: those of the protocol's table, and one per verb. */
import {
  type AnswerName,
  type ClusterVerb,
  clusterVerbNames,
  clusterVerbs,
  type NodeVerb,
  nodeVerbNames,
  nodeVerbs,
  routeOf,
} from '@faultline/actions';
import {
  Affected,
  type ErrorCode,
  Healed,
  Placed,
  Released,
  type Route,
  type RouteName,
  type RouteSchemas,
  RulesChanged,
  routeSchemas,
  routes,
} from '@faultline/protocol';

export interface Endpoint extends RouteSchemas {
  /** The route of the table or the verb. */
  readonly name: string;
  readonly route: Route;
}

const answers: Readonly<Record<AnswerName, RouteSchemas['response']>> = {
  Affected,
  Healed,
  Placed,
  Released,
  RulesChanged,
};

export const endpoints: readonly Endpoint[] = [
  ...Object.entries(routes).map(([name, route]) => ({
    name,
    route,
    ...routeSchemas[name as RouteName],
  })),
  ...nodeVerbNames.map((name): Endpoint => {
    const { body, query, ...route } = routeOf(nodeVerbs[name]);
    return {
      name,
      route,
      ...(body && { body }),
      ...(query && { query }),
      response: Affected,
      errors: errorsOf(nodeVerbs[name]),
    };
  }),
  ...clusterVerbNames.map((name): Endpoint => {
    const verb: ClusterVerb = clusterVerbs[name];
    const { body, query, ...route } = routeOf(verb);
    return {
      name,
      route,
      ...(body && { body }),
      ...(query && { query }),
      response: answers[verb.answer],
      errors: verb.errors ?? [],
    };
  }),
];

function errorsOf({ accepts, needsSdk, starts, errors = [] }: NodeVerb): readonly ErrorCode[] {
  const restart = null;
  return [
    ...(accepts({ state: 'stopped', restart }) ? [] : (['NODE_NOT_RUNNING'] as const)),
    ...(accepts({ state: 'ready', restart }) ? [] : (['NODE_ALREADY_RUNNING'] as const)),
    ...(needsSdk === undefined ? [] : (['NODE_CANNOT'] as const)),
    ...(starts ? (['PROGRAM_NOT_FOUND', 'PROGRAM_INVALID'] as const) : []),
    ...errors,
  ];
}
