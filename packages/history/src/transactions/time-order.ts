/**
 * The orders that do not come from data: of each process, and of real time.
 *
 * Real time puts a before b when a ended before b began. Of these n² edges only as many are made as
 * others do not imply: each transaction is linked from those that had ended when it began and that
 * no other ended one is after, which are never more than there are clients (after K. Kingsbury and
 * P. Alvaro, "Elle", VLDB 2020). So there are n·clients edges, and as much work.
 *
 * A transaction whose outcome is unknown may take effect at any time after it began: it is after
 * others and never before any. Intervals are closed: what ends as another begins overlaps it.
 */
import type { Operation } from '../operation.ts';
import { acknowledgedMs } from '../promises/answers.ts';
import { type EdgeList, PROCESS, REALTIME } from './graph.ts';

export function addTimeEdges(operations: readonly Operation[], edges: EdgeList): void {
  const invokedMs = Float64Array.from(operations, (operation) => operation.invokedMs);
  const endedMs = Float64Array.from(operations, acknowledgedMs);
  const present: number[] = [];
  const ended: number[] = [];
  for (const [n, { type }] of operations.entries()) {
    if (type !== 'fail') present.push(n);
    if (endedMs[n] !== Number.POSITIVE_INFINITY) ended.push(n);
  }
  const begun = Int32Array.from(present).sort((a, b) => invokedMs[a]! - invokedMs[b]! || a - b);
  const done = Int32Array.from(ended).sort((a, b) => endedMs[a]! - endedMs[b]! || a - b);
  addProcessEdges(operations, begun, invokedMs, endedMs, edges);
  addRealTimeEdges(begun, done, invokedMs, endedMs, edges);
}

function addProcessEdges(
  operations: readonly Operation[],
  begun: Int32Array,
  invokedMs: Float64Array,
  endedMs: Float64Array,
  edges: EdgeList,
): void {
  const last = new Map<string, number>();
  for (const n of begun) {
    const { process } = operations[n]!;
    const before = last.get(process);
    if (before !== undefined && endedMs[before]! <= invokedMs[n]!) {
      edges.add(before, n, PROCESS, -1);
    }
    if (endedMs[n] !== Number.POSITIVE_INFINITY) last.set(process, n);
  }
}

function addRealTimeEdges(
  begun: Int32Array,
  done: Int32Array,
  invokedMs: Float64Array,
  endedMs: Float64Array,
  edges: EdgeList,
): void {
  /** Ended transactions that no other ended one is after. */
  let frontier: number[] = [];
  let nextDone = 0;
  for (const n of begun) {
    const nowMs = invokedMs[n]!;
    for (; nextDone < done.length && endedMs[done[nextDone]!]! < nowMs; nextDone++) {
      const ended = done[nextDone]!;
      frontier = frontier.filter((earlier) => endedMs[earlier]! >= invokedMs[ended]!);
      frontier.push(ended);
    }
    for (const before of frontier) edges.add(before, n, REALTIME, -1);
  }
}
