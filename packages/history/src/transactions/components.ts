/**
 * Strongly connected components.
 *
 * R. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM J. Comput. 1(2), 1972; here
 * with a stack of its own, because a component may be as deep as the history is long.
 *
 * A component of one node counts as trivial: no transaction depends on itself in these graphs.
 */
import { type Graph, RW, THEN } from './graph.ts';

export interface Components {
  /** The component of each node, or -1 where that is the node alone. */
  readonly of: Int32Array;
  readonly count: number;
}

/** Components of the graph that has only edges of the kinds in `mask`. */
export function components(graph: Graph, mask: number): Components {
  const { offsets, to, kind } = graph;
  return tarjan(graph.nodeCount, offsets, to, (e) => (kind[e]! & mask) !== 0);
}

/**
 * Components of the graph whose cycles are those without two anti-dependencies in a row: what
 * snapshot isolation forbids (A. Cerone, A. Gotsman, "Analysing Snapshot Isolation",
 * PODC 2016). Each node is there twice: 2n when it was entered by another edge, 2n + 1 when by an
 * anti-dependency, from where no other one leaves.
 *
 * A closed walk in it that meets a transaction twice falls into two at that place, and at least one
 * of them has no two anti-dependencies in a row; so where there is a component, there is a cycle.
 */
export function componentsWithoutAdjacent(graph: Graph, mask: number): Components {
  const { nodeCount, offsets, to, kind } = graph;
  const doubledOffsets = new Int32Array(2 * nodeCount + 1);
  const doubledTo: number[] = [];
  for (let n = 0; n < nodeCount; n++) {
    for (const state of [0, 1]) {
      for (let e = offsets[n]!; e < offsets[n + 1]!; e++) {
        const next = stateAfter(state, kind[e]!, mask);
        if (next >= 0) doubledTo.push(2 * to[e]! + next);
      }
      doubledOffsets[2 * n + state + 1] = doubledTo.length;
    }
  }
  return tarjan(2 * nodeCount, doubledOffsets, Int32Array.from(doubledTo), () => true);
}

/** 1 after an anti-dependency, 0 after another edge, -1 where the edge may not be taken. */
export function stateAfter(state: number, kind: number, mask: number): number {
  if ((kind & mask) === 0) return -1;
  if (kind === THEN) return state;
  if (kind === RW) return state === 1 ? -1 : 1;
  return 0;
}

function tarjan(
  nodeCount: number,
  offsets: Int32Array,
  to: Int32Array,
  isIn: (edge: number) => boolean,
): Components {
  const of = new Int32Array(nodeCount).fill(-1);
  /** Order of discovery, from 1; 0 when not yet found. */
  const order = new Int32Array(nodeCount);
  const low = new Int32Array(nodeCount);
  const isOpen = new Uint8Array(nodeCount);
  const open = new Int32Array(nodeCount);
  const path = new Int32Array(nodeCount);
  const nextEdge = new Int32Array(nodeCount);
  let openCount = 0;
  let found = 0;
  let count = 0;
  for (let root = 0; root < nodeCount; root++) {
    if (order[root] !== 0) continue;
    let depth = 0;
    const enter = (n: number): void => {
      order[n] = low[n] = ++found;
      nextEdge[n] = offsets[n]!;
      open[openCount++] = n;
      isOpen[n] = 1;
      path[depth++] = n;
    };
    enter(root);
    while (depth > 0) {
      const n = path[depth - 1]!;
      const e = nextEdge[n]!;
      if (e < offsets[n + 1]!) {
        nextEdge[n] = e + 1;
        if (!isIn(e)) continue;
        const target = to[e]!;
        if (order[target] === 0) enter(target);
        else if (isOpen[target] === 1 && order[target]! < low[n]!) low[n] = order[target]!;
        continue;
      }
      depth--;
      if (depth > 0 && low[n]! < low[path[depth - 1]!]!) low[path[depth - 1]!] = low[n]!;
      if (low[n] !== order[n]) continue;
      const isTrivial = open[openCount - 1] === n;
      let member: number;
      do {
        member = open[--openCount]!;
        isOpen[member] = 0;
        if (!isTrivial) of[member] = count;
      } while (member !== n);
      if (!isTrivial) count++;
    }
  }
  return { of, count };
}
