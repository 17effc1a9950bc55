/**
 * The control API, one line a route: what the server registers, the client calls and the OpenAPI
 * document lists.
 */
import { type TSchema, Type } from 'typebox';
import * as s from './schemas.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly body?: TSchema;
  readonly query?: TSchema;
  readonly response: TSchema;
}

const Done = Type.Object({ done: Type.Literal(true) });
const Anything = Type.Unsafe<unknown>({});

export const routes = {
  status: {
    method: 'GET',
    path: '/v1/cluster',
    summary: 'What runs, and how it is',
    response: s.ClusterStatus,
  },
  down: {
    method: 'POST',
    path: '/v1/down',
    summary: 'Takes the whole cluster down',
    response: Done,
  },
  stats: {
    method: 'GET',
    path: '/v1/stats',
    summary: 'Messages by edge and fate, and what waits in the router',
    response: Anything,
  },
  add: {
    method: 'POST',
    path: '/v1/nodes',
    summary: 'Adds nodes',
    body: s.AddNodes,
    response: s.Affected,
  },
  remove: {
    method: 'DELETE',
    path: '/v1/nodes/:nodes',
    summary: 'Stops nodes and takes them out of the cluster',
    response: s.Affected,
  },
  kill: {
    method: 'POST',
    path: '/v1/nodes/:nodes/kill',
    summary: 'Kills processes at once (SIGKILL)',
    response: s.Affected,
  },
  stop: {
    method: 'POST',
    path: '/v1/nodes/:nodes/stop',
    summary: 'Stops processes, with time to say goodbye',
    response: s.Affected,
  },
  start: {
    method: 'POST',
    path: '/v1/nodes/:nodes/start',
    summary: 'Starts nodes that do not run',
    body: s.StartNodes,
    response: s.Affected,
  },
  restart: {
    method: 'POST',
    path: '/v1/nodes/:nodes/restart',
    summary: 'Kills and starts nodes',
    body: s.StartNodes,
    response: s.Affected,
  },
  pause: {
    method: 'POST',
    path: '/v1/nodes/:nodes/pause',
    summary: 'Stops processes in their tracks (SIGSTOP)',
    response: s.Affected,
  },
  resume: {
    method: 'POST',
    path: '/v1/nodes/:nodes/resume',
    summary: 'Lets paused processes go on (SIGCONT)',
    response: s.Affected,
  },
  clock: {
    method: 'POST',
    path: '/v1/nodes/:nodes/clock',
    summary: 'Changes what nodes think the time is',
    body: s.ClockChange,
    response: s.Affected,
  },
  partition: {
    method: 'POST',
    path: '/v1/partition',
    summary: 'Cuts the network into parts; takes the place of an earlier partition',
    body: s.Partition,
    response: s.RulesChanged,
  },
  heal: {
    method: 'POST',
    path: '/v1/heal',
    summary: 'Removes every rule: the network is well again',
    response: s.RulesChanged,
  },
  rules: { method: 'GET', path: '/v1/rules', summary: 'The rules in force', response: s.Rules },
  addRules: {
    method: 'POST',
    path: '/v1/rules',
    summary: 'Adds rules: all of them or, where one is wrong, none',
    body: s.AddRules,
    response: s.RulesChanged,
  },
  removeRule: {
    method: 'DELETE',
    path: '/v1/rules/:rule',
    summary: 'Removes a rule',
    response: s.RulesChanged,
  },
  release: {
    method: 'POST',
    path: '/v1/release',
    summary: 'Lets held messages go on',
    body: s.Release,
    response: s.Released,
  },
  call: {
    method: 'POST',
    path: '/v1/calls',
    summary: 'Sends a request to a node as a client, through the router, and waits for the answer',
    body: s.Call,
    response: s.CallResult,
  },
  trace: {
    method: 'GET',
    path: '/v1/trace',
    summary: 'The latest messages and what became of them',
    query: s.TraceQuery,
    response: Anything,
  },
  logs: {
    method: 'GET',
    path: '/v1/logs/:nodes',
    summary: 'The latest lines that nodes printed',
    query: s.LogQuery,
    response: s.LogLines,
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

/** The event stream is a WebSocket: one ClusterEvent a text frame, older ones first from `?since=SEQ`. */
export const eventsPath = '/v1/events';
