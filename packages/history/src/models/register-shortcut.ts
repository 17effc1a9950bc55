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
 * An unknown write that no read saw is left out, and one that was seen has no end. The initial value
 * was written before everything. Zones that only touch do not overlap, because at equal times
 * invocations come before ends.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import type { Shortcut } from './model.ts';

interface Cluster {
  /** None for the initial value. */
  readonly write: Operation | undefined;
  /** The operation that ended first, and when. */
  first: Operation | undefined;
  firstEndMs: number;
  /** The operation that began last, and when. */
  last: Operation | undefined;
  lastBeginMs: number;
  readonly reads: Operation[];
}

/** See `shortcut` of a model. Undefined where a value was written twice or something else was done. */
export function registerShortcut(
  operations: readonly Operation[],
  initial: Json,
): Shortcut<Json> | undefined {
  const clusters = readClusters(operations, initial);
  if (clusters === undefined) return undefined;
  const conflict = Array.isArray(clusters) ? findConflict(clusters) : clusters.conflict;
  return {
    conflict,
    order: () => (Array.isArray(clusters) && conflict.length === 0 ? orderOf(clusters) : []),
    statesAt: (operation) => statesAt(operations, operation, initial),
  };
}

/** Undefined for a history of another form; a read that no write explains is a conflict already. */
function readClusters(
  operations: readonly Operation[],
  initial: Json,
): Cluster[] | { conflict: Operation[] } | undefined {
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
    if (cluster === undefined) return { conflict: [read] };
    if (cluster.write !== undefined && endOf(read) < cluster.write.invokedMs) {
      return { conflict: [read, cluster.write] };
    }
    cluster.reads.push(read);
    include(cluster, read);
  }
  return [...clusters.values()].filter(mattersNow);
}

function clusterOf(write: Operation | undefined): Cluster {
  const cluster: Cluster = {
    write,
    first: undefined,
    firstEndMs: Number.POSITIVE_INFINITY,
    last: undefined,
    lastBeginMs: Number.NEGATIVE_INFINITY,
    reads: [],
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

/** An unread initial value, and an unknown write that no read saw, say nothing. */
const mattersNow = ({ write, reads }: Cluster): boolean => write?.type === 'ok' || reads.length > 0;

const isForward = ({ firstEndMs, lastBeginMs }: Cluster): boolean => firstEndMs < lastBeginMs;

function findConflict(clusters: readonly Cluster[]): readonly Operation[] {
  const forward = clusters.filter(isForward).sort((a, b) => a.firstEndMs - b.firstEndMs);
  for (let i = 1; i < forward.length; i++) {
    if (forward[i]!.firstEndMs < forward[i - 1]!.lastBeginMs) {
      return membersOf(forward[i - 1]!, forward[i]!);
    }
  }
  for (const other of clusters) {
    if (isForward(other)) continue;
    const around = lastBefore(forward, other.lastBeginMs);
    if (around !== undefined && other.firstEndMs < around.lastBeginMs) {
      return membersOf(around, other);
    }
  }
  return [];
}

/** The last of the forward zones, which are in order and apart from each other, that begins before. */
function lastBefore(forward: readonly Cluster[], ms: number): Cluster | undefined {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (forward[middle]!.firstEndMs < ms) low = middle + 1;
    else high = middle;
  }
  return forward[low - 1];
}

function membersOf(...clusters: readonly Cluster[]): Operation[] {
  const members = clusters.flatMap(({ write, first, last }) => [write, first, last]);
  return [...new Set(members)].filter((member) => member !== undefined);
}

/**
 * Clusters without conflict, one after another: a forward one from its first end on, any other at a
 * moment of its zone that lies in no forward one.
 */
function orderOf(clusters: readonly Cluster[]): Operation[] {
  const forward = clusters.filter(isForward).sort((a, b) => a.firstEndMs - b.firstEndMs);
  const placed = clusters.map((cluster) => {
    const { firstEndMs, lastBeginMs } = cluster;
    if (isForward(cluster)) return { cluster, atMs: firstEndMs, rank: 1 };
    const around = lastBefore(forward, lastBeginMs);
    const isOutside = around === undefined || around.lastBeginMs <= lastBeginMs;
    return { cluster, atMs: isOutside ? lastBeginMs : around.lastBeginMs, rank: 0 };
  });
  placed.sort((a, b) => (a.atMs === b.atMs ? a.rank - b.rank : a.atMs < b.atMs ? -1 : 1));
  return placed.flatMap(({ cluster: { write, reads } }) => [
    ...(write === undefined ? [] : [write]),
    ...reads.toSorted((a, b) => a.invokedMs - b.invokedMs || a.index - b.index),
  ]);
}

/**
 * Which values a read in the place of `operation` could have answered: each write that may not have
 * been overwritten yet is tried.
 */
function statesAt(
  operations: readonly Operation[],
  operation: Operation,
  initial: Json,
): { state: Json; by: Operation | undefined }[] {
  const writes = operations.filter(
    ({ f, invokedMs, index }) =>
      f === 'write' && invokedMs <= endOf(operation) && index !== operation.index,
  );
  // The latest beginning of a write that ended before: what ended before that is overwritten.
  let overwrittenMs = Number.NEGATIVE_INFINITY;
  for (const write of writes) {
    if (endOf(write) < operation.invokedMs) {
      overwrittenMs = Math.max(overwrittenMs, write.invokedMs);
    }
  }
  const others = operations.filter(({ index }) => index !== operation.index);
  const isPossible = (state: Json): boolean => {
    const read = { ...operation, f: 'read', input: null, output: state, type: 'ok' as const };
    return registerShortcut([...others, read], initial)?.conflict.length === 0;
  };
  const candidates = writes.filter((write) => endOf(write) >= overwrittenMs);
  const found = candidates
    .filter(({ input }) => isPossible(input))
    .map((by) => ({ state: by.input, by }));
  return isPossible(initial) ? [{ state: initial, by: undefined }, ...found] : found;
}
