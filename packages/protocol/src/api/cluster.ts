/** The cluster as a whole: its status, its events, and the file that says where it is. */
import { type Static, Type } from 'typebox';
import { NodeStatus } from './nodes.ts';
import { RuleStatus } from './rules.ts';
import { nullable, number, text } from './shapes.ts';

export const KeptDisks = Type.Object({
  nodes: Type.Array(Type.String()),
  programs: Type.Array(text('a program with its settings, such as kv (order=hybrid)')),
});
export type KeptDisks = Static<typeof KeptDisks>;

export const ClusterStatus = Type.Object({
  name: Type.String(),
  seed: Type.String(),
  pid: number('of the supervisor'),
  url: text('of this API'),
  program: Type.String(),
  settings: Type.Record(Type.String(), Type.String()),
  runDir: text('where this run is recorded'),
  keptDisks: Type.Union([KeptDisks, Type.Null()], {
    description: 'disks that an earlier run left, and the programs that they belong to; null: none',
  }),
  startedAt: text('true time, ISO 8601'),
  uptimeMs: Type.Number(),
  router: Type.Object({
    state: Type.Union([Type.Literal('starting'), Type.Literal('ready'), Type.Literal('crashed')]),
    pid: nullable(Type.Number()),
    port: nullable(Type.Number()),
    restarts: Type.Number(),
  }),
  nodes: Type.Array(NodeStatus),
  rules: Type.Array(RuleStatus),
});
export type ClusterStatus = Static<typeof ClusterStatus>;

/** Where a running cluster is found: `cluster.json` in its state directory, readable by its user only. */
export const ClusterFile = Type.Object({
  name: Type.String(),
  pid: Type.Number(),
  url: nullable(text('null while it starts')),
  token: Type.String(),
  runDir: Type.String(),
  startedAt: Type.String(),
});
export type ClusterFile = Static<typeof ClusterFile>;
