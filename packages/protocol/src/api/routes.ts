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
  status: { method: 'GET', path: '/v1/cluster', summary: 'What runs, and how it is' },
  down: { method: 'POST', path: '/v1/down', summary: 'Takes the whole cluster down' },
  stats: {
    method: 'GET',
    path: '/v1/stats',
    summary: 'Messages by edge and fate, and what waits in the router',
  },
  geographyInForce: {
    method: 'GET',
    path: '/v1/geography',
    summary: 'What lies between zones by the geography in force',
  },
  faults: {
    method: 'GET',
    path: '/v1/faults',
    summary: 'The kinds of rules there are, and what they may be told',
  },
  rules: { method: 'GET', path: '/v1/rules', summary: 'The rules in force' },
  addRules: {
    method: 'POST',
    path: '/v1/rules',
    summary: 'Adds rules: all of them or, where one is wrong, none',
  },
  dryRun: {
    method: 'POST',
    path: '/v1/rules/dry-run',
    summary: 'What rules would have done to the latest messages; installs nothing',
  },
  removeRules: {
    method: 'DELETE',
    path: '/v1/rules/:rules',
    summary: 'Removes rules, such as r1 or r1,r4: all of them or, where one is not there, none',
  },
  held: { method: 'GET', path: '/v1/held', summary: 'The messages that are held, oldest first' },
  call: {
    method: 'POST',
    path: '/v1/calls',
    summary: 'Sends a request to a node as a client, through the router, and waits for the answer',
  },
  trace: {
    method: 'GET',
    path: '/v1/trace',
    summary: 'The latest messages and what became of them',
  },
  logs: { method: 'GET', path: '/v1/logs/:nodes', summary: 'The latest lines that nodes printed' },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

/** What stands in paths. */
export const pathParameters = {
  nodes: {
    description:
      'Which nodes, separated by commas: a name (`n1`), a range (`n1-n3`), `all`, `leader`, `random:2`, `majority` or `minority`. Unless the action can be done to each of them, it is done to none.',
    examples: ['n1', 'n1,n3', 'n1-n3', 'all', 'leader', 'random:2', 'majority'],
  },
  rules: {
    description: 'Which rules, by their ids, separated by commas.',
    examples: ['r1', 'r1,r4'],
  },
} as const;

/** The event stream is a WebSocket: one ClusterEvent a text frame, older ones first from `?since=SEQ`. */
export const eventsPath = '/v1/events';
