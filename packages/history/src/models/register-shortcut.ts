/**
 * Reads and writes of one register where no value is written twice, decided in O(n log n).
 *
 * P. Gibbons & E. Korach, "Testing Shared Memories", SIAM J. Computing 26(4), 1997, section 4: when it
 * is known which write each read saw, testing takes polynomial time. In the words of W. Golab, X. Li
 * & M. Shah, "Analyzing Consistency Properties for Fun and Profit", PODC 2011, section 3: a *cluster*
 * is a write with the reads that saw it, and its *zone* lies between the earliest end and the latest
 * beginning among them. Where the end comes first, the value must have been there all through the
 * zone, which is called forward; otherwise all of the cluster has a moment in common, somewhere in
 * it. The history is linearizable exactly if every read saw a write that began before the read
 * ended, no two forward zones overlap, and no other zone lies within a forward one.
 *
 * An unknown write that nobody saw is left out, and one that was seen has no end. The initial value
 * was written before everything. Zones that only touch do not overlap, because at equal times
 * invocations come before ends.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';

interface Cluster {
  /** None for the initial value. */
  write: Operation | undefined;
  /** The operation that ended first, and when. */
  first: Operation | undefined;
  firstEndMs: number;
  /** The operation that began last, and when. */
  last: Operation | undefined;
  lastBeginMs: number;
  reads: number;
}

/** See `shortcut` of a model. Undefined where a value was written twice or something else was done. */
export function registerShortcut(
  operations: readonly Operation[],
  initial: Json,
): readonly Operation[] | undefined {
  const clusters = new Map<string, Cluster>([[canonicalText(initial), clusterOf(undefined)]]);
  for (const operation of operations) {
    if (operation.type === 'fail') return undefined;
    if (operation.f === 'write') {
      const value = canonicalText(operation.input);
      if (clusters.has(value)) return undefined;
      clusters.set(value, clusterOf(operation));
    } else if (operation.f !== 'read') return undefined;
  }
  for (const read of operations) {
    if (read.f !== 'read' || read.type !== 'ok') continue;
    const cluster = clusters.get(canonicalText(read.output));
    if (cluster === undefined) return [read];
    if (cluster.write !== undefined && endOf(read) < cluster.write.invokedMs) {
      return [read, cluster.write];
    }
    cluster.reads += 1;
    include(cluster, read);
  }
  return findConflict([...clusters.values()].filter(mattersNow));
}

function clusterOf(write: Operation | undefined): Cluster {
  const cluster: Cluster = {
    write,
    first: undefined,
    firstEndMs: Number.POSITIVE_INFINITY,
    last: undefined,
    lastBeginMs: Number.NEGATIVE_INFINITY,
    reads: 0,
  };
  if (write === undefined) cluster.firstEndMs = Number.NEGATIVE_INFINITY;
  else include(cluster, write);
  return cluster;
}

function include(cluster: Cluster, operation: Operation): void {
  const endMs = endOf(operation);
  if (endMs < cluster.firstEndMs) {
    cluster.first = operation;
    cluster.firstEndMs = endMs;
  }
  if (operation.invokedMs > cluster.lastBeginMs) {
    cluster.last = operation;
    cluster.lastBeginMs = operation.invokedMs;
  }
}

/** An unread initial value, and an unknown write that nobody saw, say nothing. */
const mattersNow = ({ write, reads }: Cluster): boolean => write?.type === 'ok' || reads > 0;

function findConflict(clusters: readonly Cluster[]): readonly Operation[] {
  const forward = clusters
    .filter(({ firstEndMs, lastBeginMs }) => firstEndMs < lastBeginMs)
    .sort((a, b) => a.firstEndMs - b.firstEndMs);
  for (let i = 1; i < forward.length; i++) {
    if (forward[i]!.firstEndMs < forward[i - 1]!.lastBeginMs) {
      return membersOf(forward[i - 1]!, forward[i]!);
    }
  }
  // The forward zones are in order and apart from each other: only one can hold a given moment.
  for (const other of clusters) {
    if (other.firstEndMs < other.lastBeginMs) continue;
    let low = 0;
    let high = forward.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (forward[middle]!.firstEndMs < other.lastBeginMs) low = middle + 1;
      else high = middle;
    }
    const around = forward[low - 1];
    if (around !== undefined && other.firstEndMs < around.lastBeginMs) {
      return membersOf(around, other);
    }
  }
  return [];
}

function membersOf(...clusters: readonly Cluster[]): Operation[] {
  const members = clusters.flatMap(({ write, first, last }) => [write, first, last]);
  return [...new Set(members)].filter((member) => member !== undefined);
}
