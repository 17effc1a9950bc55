/**
 * A graph of transactions in typed arrays: edges are gathered in a list, then packed by source.
 *
 * The kinds of edges are bits, so that a set of kinds is a mask. Nodes below `realCount` are
 * transactions. Those above are joints: where many transactions precede many others for one and the
 * same reason, each of the first has an edge to a joint and the joint has a `then` edge to each of
 * the second. Such a pair of edges is one dependency, of the kind of the first edge.
 */
export const WW = 1;
export const WR = 2;
export const RW = 4;
export const PROCESS = 8;
export const REALTIME = 16;
/** From a joint onwards: continues the edge that led to the joint, whatever kind that is. */
export const THEN = 32;

export class EdgeList {
  count = 0;
  // Small: most histories of a test have few edges, and there may be a list for each key.
  from = new Int32Array(64);
  to = new Int32Array(64);
  kind = new Uint8Array(64);
  why = new Int32Array(64);

  /** `why` is what the builder can explain the edge by: the number of a write, or -1. */
  add(from: number, to: number, kind: number, why: number): void {
    if (this.count === this.from.length) this.#grow();
    const i = this.count++;
    this.from[i] = from;
    this.to[i] = to;
    this.kind[i] = kind;
    this.why[i] = why;
  }

  #grow(): void {
    const size = this.from.length * 2;
    const larger = <T extends Int32Array | Uint8Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.from = larger(this.from, new Int32Array(size));
    this.to = larger(this.to, new Int32Array(size));
    this.kind = larger(this.kind, new Uint8Array(size));
    this.why = larger(this.why, new Int32Array(size));
  }
}

export interface Graph {
  readonly nodeCount: number;
  readonly realCount: number;
  /** The edges of node n are those from `offsets[n]` up to, not including, `offsets[n + 1]`. */
  readonly offsets: Int32Array;
  readonly to: Int32Array;
  readonly kind: Uint8Array;
  readonly why: Int32Array;
}

export function pack(edges: EdgeList, nodeCount: number, realCount: number): Graph {
  const { count } = edges;
  const offsets = new Int32Array(nodeCount + 1);
  for (let i = 0; i < count; i++) offsets[edges.from[i]! + 1]!++;
  for (let n = 0; n < nodeCount; n++) offsets[n + 1]! += offsets[n]!;
  const place = offsets.slice(0, nodeCount);
  const to = new Int32Array(count);
  const kind = new Uint8Array(count);
  const why = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const at = place[edges.from[i]!]!++;
    to[at] = edges.to[i]!;
    kind[at] = edges.kind[i]!;
    why[at] = edges.why[i]!;
  }
  return { nodeCount, realCount, offsets, to, kind, why };
}

/** A part of a graph, and which node of the whole each of its nodes is. */
export interface Part {
  readonly graph: Graph;
  readonly original: Int32Array;
}

/** The nodes for which `keep` is 1 and the edges among them. */
export function part(whole: Graph, keep: Uint8Array): Part {
  const renamed = new Int32Array(whole.nodeCount).fill(-1);
  const original: number[] = [];
  for (let n = 0; n < whole.nodeCount; n++) {
    if (keep[n] === 1) renamed[n] = original.push(n) - 1;
  }
  const edges = new EdgeList();
  let realCount = 0;
  for (const [renamedFrom, n] of original.entries()) {
    if (n < whole.realCount) realCount++;
    for (let e = whole.offsets[n]!; e < whole.offsets[n + 1]!; e++) {
      const renamedTo = renamed[whole.to[e]!]!;
      if (renamedTo >= 0) edges.add(renamedFrom, renamedTo, whole.kind[e]!, whole.why[e]!);
    }
  }
  return {
    graph: pack(edges, original.length, realCount),
    original: Int32Array.from(original),
  };
}
