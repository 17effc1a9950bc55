/** The shapes of a partition, as links to cut. Pure. */
import type { ClusterOptionsOf } from '@faultline/actions';
import {
  FaultlineError,
  parseGroups,
  parseNodes,
  resolveGroups,
  resolveNodes,
  type SelectorContext,
  timeServer,
} from '@faultline/protocol';

type Partition = ClusterOptionsOf<'partition'>;

/** Returns the links to cut, such as `n1,n2<>n3,n4,n5`. Throws BAD_SELECTOR, BAD_REQUEST, NODE_UNKNOWN. */
export function partitionLinks(partition: Partition, context: SelectorContext): string {
  const shapes = [
    partition.groups,
    partition.isolate,
    partition.bridge,
    partition.ring || undefined,
  ];
  if (shapes.filter((shape) => shape !== undefined).length !== 1) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected exactly one shape of partition: groups, isolate, bridge or ring',
    );
  }
  if (partition.ring && partition.oneWay) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'a ring is always cut both ways: use oneWay with groups, isolate or bridge',
    );
  }
  if ((partition.clients || partition.time) && partition.isolate === undefined) {
    throw new FaultlineError('BAD_REQUEST', 'clients and time require isolate');
  }
  const arrow = partition.oneWay === true ? '>' : '<>';
  if (partition.groups !== undefined) {
    return cutGroups(resolveGroups(parseGroups(partition.groups), context), arrow);
  }
  if (partition.isolate !== undefined) {
    const alone = resolveNodes(parseNodes(partition.isolate), context);
    const rest = context.nodes.filter((node) => !alone.includes(node));
    const others = partition.clients ? ['clients'] : partition.time ? [timeServer] : [];
    const outside = others.map((other) => `${alone.join(',')}${arrow}${other}`);
    const groups = [...alone.map((node) => [node]), rest].filter(isNotEmpty);
    if (groups.length < 2 && outside.length > 0) return outside.join('; ');
    return [cutGroups(groups, arrow), ...outside].join('; ');
  }
  if (partition.bridge !== undefined) {
    const bridge = resolveNodes(parseNodes(partition.bridge), context);
    const others = context.nodes.filter((node) => !bridge.includes(node));
    const half = Math.ceil(others.length / 2);
    return cutGroups([others.slice(0, half), others.slice(half)].filter(isNotEmpty), arrow);
  }
  return cutRing(context.nodes);
}

function cutGroups(groups: readonly (readonly string[])[], arrow: string): string {
  if (groups.length < 2) {
    throw new FaultlineError('BAD_REQUEST', 'a partition needs nodes on at least two sides');
  }
  return groups
    .flatMap((group, i) =>
      groups.slice(i + 1).map((other) => `${group.join(',')}${arrow}${other.join(',')}`),
    )
    .join('; ');
}

/**
 * Each node reaches just enough neighbors on the ring for a majority that includes itself, so every node
 * sees a majority, and no two see the same one (Jepsen's majorities-ring).
 */
function cutRing(nodes: readonly string[]): string {
  const count = nodes.length;
  const reach = Math.ceil(Math.floor(count / 2) / 2);
  const cuts: string[] = [];
  for (let a = 0; a < count; a++) {
    const far = nodes.filter((_, b) => b > a && Math.min(b - a, count - (b - a)) > reach);
    if (far.length > 0) cuts.push(`${nodes[a]}<>${far.join(',')}`);
  }
  if (cuts.length === 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `a ring needs at least 4 nodes; this cluster has ${count}`,
      { nodes: count },
    );
  }
  return cuts.join('; ');
}

const isNotEmpty = (group: readonly string[]): boolean => group.length > 0;
