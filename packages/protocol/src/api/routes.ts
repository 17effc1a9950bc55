/**
 * The control API, one line a route: what the server registers, the client calls and the OpenAPI
 * document lists. Their shapes are in `route-schemas.ts`, which a client need not load.
 */

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
}

export const routes = {
  status: {
    method: 'GET',
    path: '/v1/cluster',
    summary: 'Show the cluster and the state of its nodes',
  },
  down: { method: 'POST', path: '/v1/down', summary: 'Stop the whole cluster' },
  stats: {
    method: 'GET',
    path: '/v1/stats',
    summary: 'Count messages by edge and fate, and those that wait in the router',
  },
  geographyInForce: {
    method: 'GET',
    path: '/v1/geography',
    summary: 'Show the profile or delay between zones in the current geography',
  },
  faults: {
    method: 'GET',
    path: '/v1/faults',
    summary: 'List the kinds of rules and their settings',
  },
  rules: { method: 'GET', path: '/v1/rules', summary: 'List the rules in force' },
  addRules: {
    method: 'POST',
    path: '/v1/rules',
    summary: 'Add rules: all of them, or none if one is invalid',
  },
  dryRun: {
    method: 'POST',
    path: '/v1/rules/dry-run',
    summary: 'Show what rules would have done to the latest messages, without installing them',
  },
  removeRules: {
    method: 'DELETE',
    path: '/v1/rules/:rules',
    summary: 'Remove rules, such as r1 or r1,r4: all of them, or none if one does not exist',
  },
  held: { method: 'GET', path: '/v1/held', summary: 'List the held messages, oldest first' },
  call: {
    method: 'POST',
    path: '/v1/calls',
    summary: 'Send a request to a node as a client, through the router, and wait for the answer',
  },
  trace: {
    method: 'GET',
    path: '/v1/trace',
    summary: 'List the latest messages and their fates',
  },
  logs: {
    method: 'GET',
    path: '/v1/logs/:nodes',
    summary: 'List the latest lines that nodes printed',
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

/** Parameters of paths. */
export const pathParameters = {
  nodes: {
    description:
      'Which nodes, separated by commas: a name (`n1`), a range (`n1-n3`), `all`, `leader`, `random:2`, `majority` or `minority`. Unless the action can be done to each of them, it is done to none.',
    examples: ['n1', 'n1,n3', 'n1-n3', 'all', 'leader', 'random:2', 'majority'],
  },
  rules: {
    description: 'Ids of rules, separated by commas.',
    examples: ['r1', 'r1,r4'],
  },
} as const;

/** The event stream is a WebSocket: one ClusterEvent a text frame, older ones first from `?since=SEQ`. */
export const eventsPath = '/v1/events';
