/**
 * How a verb is performed, once its options are validated and its targets accept it. The verb itself is
 * declared in `@faultline/actions`.
 */
import type {
  ClusterAnswerOf,
  ClusterRequestOf,
  ClusterVerbName,
  NodeVerbName,
  ProgramWords,
  RecordEvent,
  RequestOf,
  VerbsBase,
} from '@faultline/actions';
import type { NodeStatus, RouterStats } from '@faultline/protocol';
import type { Clocks } from '../clocks/clocks.ts';
import type { Disks } from '../disks/disks.ts';
import type { Members } from '../members/members.ts';
import type { NodeNames } from '../members/node-names.ts';
import type { Selection } from '../members/selection.ts';
import type { NodeProcess } from '../nodes/node-process.ts';
import type { ProgramSource } from '../programs/program.ts';
import type { Geographies } from '../rules/geographies.ts';
import type { Holds } from '../rules/holds.ts';
import type { Rules } from '../rules/rules.ts';

/** The parts of the cluster that performers use, besides their target nodes. */
export interface ClusterParts {
  readonly nodes: Map<string, NodeProcess>;
  readonly members: Members;
  readonly names: NodeNames;
  readonly selection: Selection;
  readonly clocks: Clocks;
  readonly disks: Disks;
  readonly rules: Rules;
  readonly geographies: Geographies;
  readonly holds: Holds;
  readonly record: RecordEvent;
  /** The names of the nodes that the cluster was started with. */
  readonly first: readonly string[];
  /** The initial weather of all clocks. */
  readonly weather: string;
  /** The verbs on nodes, for a verb that is composed of others. */
  readonly onNodes: InstanceType<VerbsBase<NodeStatus[]>>;
  readonly stats: () => Promise<RouterStats>;
  /** Creates a node that is not running. Its clock begins at `fromMs`. */
  newNode(id: string, fromMs: number): NodeProcess;
  /** Bundles a ready program or a file, or finds a command by its words. */
  loadProgram(program: ProgramWords): Promise<ProgramSource>;
  /** Throws CLUSTER_STOPPING. */
  requireUp(): void;
}

interface Checks<Ready> {
  /** Checks that depend on these nodes or this machine. Throws before any node changes. */
  check?(nodes: readonly NodeProcess[], request: Ready, parts: ClusterParts): void;
}

interface OnEach<Ready> extends Checks<Ready> {
  /** Runs for all nodes at the same time. */
  perform(node: NodeProcess, request: Ready, parts: ClusterParts): void | Promise<void>;
}

interface OnAll<Ready> extends Checks<Ready> {
  /** Runs once for all nodes. */
  performAll(
    nodes: readonly NodeProcess[],
    request: Ready,
    parts: ClusterParts,
  ): void | Promise<void>;
}

export type NodePerformer<Request> = OnEach<Request> | OnAll<Request>;

/** A performer of a verb that has to load something first. */
export type PreparedPerformer<Request, Ready> = NodePerformer<Ready> & {
  /** Resolves to the input of the other methods. If it rejects, no node has changed. */
  prepare(request: Request, parts: ClusterParts): Promise<Ready>;
};

export type NodePerformers = {
  readonly [Verb in NodeVerbName]:
    | NodePerformer<RequestOf<Verb>>
    | PreparedPerformer<RequestOf<Verb>, unknown>;
};

/** A performer with all its input except the nodes. */
export interface Performing {
  check(nodes: readonly NodeProcess[]): void;
  perform(nodes: readonly NodeProcess[]): Promise<void>;
}

/** Rejects if the verb cannot be performed at all. */
export async function prepared<Request>(
  performer: NodePerformer<Request> | PreparedPerformer<Request, unknown>,
  request: Request,
  parts: ClusterParts,
): Promise<Performing> {
  if (!('prepare' in performer)) return performing(performer, request, parts);
  return performing(performer, await performer.prepare(request, parts), parts);
}

function performing<Ready>(
  performer: NodePerformer<Ready>,
  ready: Ready,
  parts: ClusterParts,
): Performing {
  return {
    check: (nodes) => performer.check?.(nodes, ready, parts),
    async perform(nodes) {
      if ('performAll' in performer) await performer.performAll(nodes, ready, parts);
      else await Promise.all(nodes.map((node) => performer.perform(node, ready, parts)));
    },
  };
}

export interface ClusterPerformer<Verb extends ClusterVerbName> {
  /** Resolves to the answer of the API. */
  perform(cluster: ClusterParts, request: ClusterRequestOf<Verb>): Promise<ClusterAnswerOf<Verb>>;
}

export type ClusterPerformers = {
  readonly [Verb in ClusterVerbName]: ClusterPerformer<Verb>;
};
