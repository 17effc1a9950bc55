/** Nodes as the API reports them. */
import { type Static, Type } from 'typebox';
import { nullable, number, text } from './shapes.ts';

const nodeStates = ['starting', 'ready', 'paused', 'slow', 'crashed', 'stopped'] as const;

export const NodeState = Type.Unsafe<(typeof nodeStates)[number]>({
  type: 'string',
  enum: [...nodeStates],
  description:
    'slow: alive, but its event loop does not answer, or without the SDK and not connected to the router',
});
export type NodeState = Static<typeof NodeState>;

/** What was done to a node's process, other than to its clock and its links. */
export const NodeFault = Type.Object({
  kind: text('such as slow'),
  explains: text('the fault in words'),
  endsInMs: nullable(Type.Number()),
  facts: Type.Record(Type.String(), Type.Unknown()),
});
export type NodeFault = Static<typeof NodeFault>;

/** What the processes of a node use together. */
export const NodeUsage = Type.Object({
  memoryBytes: number('resident memory'),
  cpuMs: number('CPU time since the process started'),
  descriptors: nullable(number('open file descriptors; null: this system does not count them')),
});
export type NodeUsage = Static<typeof NodeUsage>;

export const NodeStatus = Type.Object({
  id: text('such as n1'),
  state: NodeState,
  incarnation: number('counts the starts of this node'),
  pid: nullable(Type.Number()),
  role: nullable(text('role that the program reports, such as leader')),
  reason: nullable(text('why it is crashed or slow, with the line of the program')),
  exitCode: nullable(Type.Number()),
  signal: nullable(Type.String()),
  clock: Type.Object({
    describes: text('the clock in words, such as +1h'),
    isPerfect: Type.Boolean({ description: 'it shows true time' }),
    offsetMs: number('node time minus true time'),
    sync: nullable(text('how often it is synchronized, such as every 10s')),
    weather: nullable(text('its weather, such as ntp 5ms every 16s')),
  }),
  uptimeMs: nullable(Type.Number()),
  program: nullable(text('its program, if it differs from that of the cluster')),
  restart: nullable(
    Type.Object(
      { count: number('crashes in a row'), inMs: number('until it is started again') },
      { description: 'it crashed and will restart' },
    ),
  ),
  faults: Type.Array(NodeFault),
  usage: Type.Optional(NodeUsage),
});
export type NodeStatus = Static<typeof NodeStatus>;

export const Affected = Type.Object({ nodes: Type.Array(NodeStatus) });
export type Affected = Static<typeof Affected>;
