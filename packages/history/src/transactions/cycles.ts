/**
 * The smallest cycle of each shape, in a graph of which every node is on some cycle.
 *
 * Whether there is a cycle that a model forbids is decided by components, in time linear in the
 * graph, and for each that exists one cycle is found for certain. Only that it is the smallest, and
 * that a shape with exactly one anti-dependency does not occur, takes a search from many edges: that
 * search is bounded in steps, and says so when it was cut short.
 *
 * Each search goes from the end of one edge breadth-first to its beginning, as Elle's do (VLDB 2020),
 * so what it finds is the shortest cycle through that edge.
 */
import { components, componentsWithoutAdjacent, stateAfter } from './components.ts';
import { type Graph, PROCESS, REALTIME, RW, THEN, WR, WW } from './graph.ts';
import type { CycleName, CycleShape } from './models.ts';

/** Edge of a cycle between transactions; joints are left out. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  readonly why: number;
}

export interface FoundCycles {
  readonly cycles: ReadonlyMap<CycleName, readonly Link[]>;
  /** Shapes whose search was cut short: a smaller one may be there, or one at all. */
  readonly cutShort: ReadonlySet<CycleName>;
}

const DATA = WW | WR | THEN;
const orders: readonly { readonly mask: number; readonly suffix: '' | '-process' | '-realtime' }[] =
  [
    { mask: 0, suffix: '' },
    { mask: PROCESS, suffix: '-process' },
    { mask: PROCESS | REALTIME, suffix: '-realtime' },
  ];

export function findCycles(graph: Graph, stepsMax: number): FoundCycles {
  const search = new Search(graph, stepsMax);
  for (const { mask, suffix } of orders) search.searchWith(mask, suffix);
  return { cycles: search.remaining(), cutShort: search.cutShort };
}

class Search {
  readonly cycles = new Map<CycleName, readonly Link[]>();
  readonly cutShort = new Set<CycleName>();
  readonly #graph: Graph;
  readonly #stepsMax: number;
  readonly #walker: Walker;

  constructor(graph: Graph, stepsMax: number) {
    this.#graph = graph;
    this.#stepsMax = stepsMax;
    this.#walker = new Walker(graph);
  }

  /** Searches for each shape that was not found without this order. */
  searchWith(order: number, suffix: '' | '-process' | '-realtime'): void {
    const graph = this.#graph;
    const data = DATA | order;
    const writes = components(graph, WW | THEN | order);
    if (writes.count > 0) this.#shortest('G0', suffix, WW, writes.of, WW | THEN | order);
    const reads = components(graph, data);
    if (reads.count > 0) this.#shortest('G1c', suffix, WR, reads.of, data);
    const all = components(graph, data | RW);
    if (all.count === 0) return;
    const apart = componentsWithoutAdjacent(graph, data | RW);
    if (apart.count > 0) {
      // Inside such a component if the walk may enter by another edge and leave by this one.
      const entered = (n: number, isEnd: boolean): number => apart.of[2 * n + (isEnd ? 1 : 0)]!;
      const isApart = (from: number, to: number): boolean =>
        entered(from, false) >= 0 && entered(from, false) === entered(to, true);
      this.#anyApart(data | RW, isApart);
      this.#each('G-single', suffix, RW, isApart, (from, e, max) =>
        this.#walker.walk(from, e, data, max),
      );
      this.#each('G-nonadjacent', suffix, RW, isApart, (from, e, max) =>
        this.#walker.walkApart(from, e, data | RW, true, max),
      );
    }
    const isIn = (from: number, to: number): boolean =>
      all.of[from]! >= 0 && all.of[from] === all.of[to];
    this.#each('G2-item', suffix, RW, isIn, (from, e, max) =>
      this.#walker.walkAdjacent(from, e, data | RW, max),
    );
    // Where anti-dependencies are on a cycle at all, one is to be shown.
    if (!this.#rulesOutSerializable(suffix)) {
      this.#first(RW, isIn, (from, e) => this.#walker.walk(from, e, data | RW, Infinity));
    }
  }

  /** The cycles, without those that need an order where one of their shape needs less. */
  remaining(): ReadonlyMap<CycleName, readonly Link[]> {
    return new Map(
      [...this.cycles].filter(([name]) => {
        const [shape, suffix] = split(name);
        return !this.#isKnown(shape, suffix);
      }),
    );
  }

  #shortest(
    shape: CycleShape,
    suffix: string,
    kind: number,
    component: Int32Array,
    mask: number,
  ): void {
    const isIn = (from: number, to: number): boolean =>
      component[from]! >= 0 && component[from] === component[to];
    this.#each(shape, suffix, kind, isIn, (from, edge, max) => {
      return this.#walker.walk(from, edge, mask, max);
    });
  }

  /** A walk from every edge of the kind, as long as there are steps left; at least from one. */
  #each(
    shape: CycleShape,
    suffix: string,
    kind: number,
    isIn: (from: number, to: number) => boolean,
    walk: (from: number, edge: number, max: number) => readonly Link[] | null,
  ): void {
    if (this.#isKnown(shape, suffix)) return;
    const name = `${shape}${suffix}` as CycleName;
    const leastLength = shape === 'G-nonadjacent' ? 4 : 2;
    this.#walker.steps = 0;
    const { offsets, to, kind: kinds } = this.#graph;
    for (let from = 0; from < this.#graph.realCount; from++) {
      for (let e = offsets[from]!; e < offsets[from + 1]!; e++) {
        if (kinds[e] !== kind || !isIn(from, to[e]!)) continue;
        const best = this.cycles.get(name)?.length ?? Number.POSITIVE_INFINITY;
        if (best <= leastLength) return;
        if (this.#walker.steps > this.#stepsMax) {
          this.cutShort.add(name);
          return;
        }
        const cycle = walk(from, e, best - 1);
        if (cycle !== null) this.#record(cycle);
      }
    }
  }

  #first(
    kind: number,
    isIn: (from: number, to: number) => boolean,
    walk: (from: number, edge: number) => readonly Link[] | null,
  ): void {
    const { offsets, to, kind: kinds, realCount } = this.#graph;
    for (let from = 0; from < realCount; from++) {
      for (let e = offsets[from]!; e < offsets[from + 1]!; e++) {
        if (kinds[e] !== kind || !isIn(from, to[e]!)) continue;
        const cycle = walk(from, e);
        if (cycle !== null) this.#record(cycle);
        return;
      }
    }
  }

  /** Makes sure of one cycle without adjacent anti-dependencies, if need be from a closed walk. */
  #anyApart(mask: number, isApart: (from: number, to: number) => boolean): void {
    this.#first(RW, isApart, (from, e) => this.#walker.walkApart(from, e, mask, false, Infinity));
  }

  /** Keeps the cycle under the name that it deserves, if it is the shortest of that name. */
  #record(walk: readonly Link[]): void {
    for (const cycle of simpleCycles(walk)) {
      const name = nameOf(cycle);
      if (name === null) continue;
      const known = this.cycles.get(name);
      if (known === undefined || cycle.length < known.length) this.cycles.set(name, cycle);
    }
  }

  /** Whether the shape was found with this order or with a stronger claim than it. */
  #isKnown(shape: CycleShape, suffix: string): boolean {
    if (suffix === '') return false;
    if (this.cycles.has(shape)) return true;
    return suffix === '-realtime' && this.cycles.has(`${shape}-process`);
  }

  #rulesOutSerializable(suffix: string): boolean {
    return (['G-single', 'G-nonadjacent', 'G2-item'] as const).some(
      (shape) => this.cycles.has(`${shape}${suffix}` as CycleName) || this.#isKnown(shape, suffix),
    );
  }
}

function split(name: CycleName): [shape: CycleShape, suffix: string] {
  const suffix = /-(process|realtime)$/.exec(name)?.[0] ?? '';
  return [name.slice(0, name.length - suffix.length) as CycleShape, suffix];
}

/** Breadth-first walks along the edges of a graph. */
class Walker {
  /** Edges looked at. */
  steps = 0;
  readonly #graph: Graph;
  /** Per state of a node (see `walkApart`): the walk that met it last, and how it came there. */
  readonly #met: Int32Array;
  readonly #edge: Int32Array;
  readonly #before: Int32Array;
  readonly #depth: Int32Array;
  readonly #queue: Int32Array;
  #walk = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
    const states = graph.nodeCount * 4;
    this.#met = new Int32Array(states);
    this.#edge = new Int32Array(states);
    this.#before = new Int32Array(states);
    this.#depth = new Int32Array(states);
    this.#queue = new Int32Array(states);
  }

  /** The shortest cycle that begins with this edge and continues along edges in the mask. */
  walk(from: number, edge: number, mask: number, lengthMax: number): Link[] | null {
    return this.#search(
      from,
      edge,
      lengthMax,
      () => 0,
      mask,
      (state) => state === 0,
    );
  }

  /** The same, and the second edge is an anti-dependency too. */
  walkAdjacent(from: number, edge: number, mask: number, lengthMax: number): Link[] | null {
    // State 1: only this first edge so far.
    const next = (state: number, kind: number): number => {
      if (state === 1 && kind !== RW) return kind === THEN ? 1 : -1;
      return 0;
    };
    return this.#search(from, edge, lengthMax, next, mask, (state) => state === 0, 1);
  }

  /**
   * The shortest closed walk that begins with this anti-dependency and never has two in a row; with
   * `isMore` it has another one elsewhere. It may meet a transaction twice.
   */
  walkApart(
    from: number,
    edge: number,
    mask: number,
    isMore: boolean,
    lengthMax: number,
  ): Link[] | null {
    // State: 1 if the last edge was an anti-dependency, and 2 more if one came since the first edge.
    const next = (state: number, kind: number): number => {
      const last = stateAfter(state & 1, kind, mask);
      if (last < 0) return -1;
      return last | (state & 2) | (kind === RW ? 2 : 0);
    };
    const isEnd = (state: number): boolean => (state & 1) === 0 && (!isMore || state >= 2);
    return this.#search(from, edge, lengthMax, next, mask, isEnd, 1);
  }

  #search(
    from: number,
    edge: number,
    lengthMax: number,
    next: (state: number, kind: number) => number,
    mask: number,
    isEnd: (state: number) => boolean,
    startState = 0,
  ): Link[] | null {
    const { offsets, to, kind, realCount } = this.#graph;
    const walk = ++this.#walk;
    const queue = this.#queue;
    let filled = 0;
    const start = 4 * to[edge]! + startState;
    this.#met[start] = walk;
    this.#edge[start] = edge;
    this.#before[start] = -1;
    this.#depth[start] = 1;
    queue[filled++] = start;
    /** Follows the edges of a state; the state in which the cycle closes, or -1. */
    const expand = (state: number, depth: number): number => {
      const node = state >> 2;
      for (let e = offsets[node]!; e < offsets[node + 1]!; e++) {
        this.steps++;
        if ((kind[e]! & mask) === 0) continue;
        const flags = next(state & 3, kind[e]!);
        if (flags < 0) continue;
        const target = to[e]!;
        const reached = 4 * target + flags;
        if (this.#met[reached] === walk) continue;
        this.#met[reached] = walk;
        this.#edge[reached] = e;
        this.#before[reached] = state;
        if (target === from && isEnd(flags)) return reached;
        if (target >= realCount) {
          // A joint is no transaction: what is behind it is as near as the joint itself.
          const closed = expand(reached, depth);
          if (closed >= 0) return closed;
          continue;
        }
        this.#depth[reached] = depth;
        queue[filled++] = reached;
      }
      return -1;
    };
    for (let at = 0; at < filled; at++) {
      const state = queue[at]!;
      const depth = this.#depth[state]! + (state >> 2 < realCount ? 1 : 0);
      if (depth > lengthMax) return null;
      const closed = expand(state, depth);
      if (closed >= 0) return this.#links(from, closed);
    }
    return null;
  }

  #links(from: number, reached: number): Link[] {
    const { to, kind, why, realCount } = this.#graph;
    const edges: number[] = [];
    for (let state = reached; state >= 0; state = this.#before[state]!) {
      edges.push(this.#edge[state]!);
    }
    const links: Link[] = [];
    let here = from;
    let throughKind = 0;
    for (const e of edges.reverse()) {
      if (to[e]! >= realCount) {
        throughKind = kind[e]!;
        continue;
      }
      links.push({
        from: here,
        to: to[e]!,
        kind: kind[e] === THEN ? throughKind : kind[e]!,
        why: why[e]!,
      });
      here = to[e]!;
    }
    return links;
  }
}

/** A closed walk, taken apart where it meets a transaction again. */
function simpleCycles(walk: readonly Link[]): Link[][] {
  const cycles: Link[][] = [];
  const open: Link[] = [];
  for (const link of walk) {
    open.push(link);
    const since = open.findIndex(({ from }) => from === link.to);
    if (since >= 0) cycles.push(open.splice(since));
  }
  return cycles;
}

/** What a cycle is called: by its anti-dependencies first, then by reads and writes. */
function nameOf(cycle: readonly Link[]): CycleName | null {
  const has = (kind: number): boolean => cycle.some((link) => link.kind === kind);
  const antis = cycle.filter(({ kind }) => kind === RW).length;
  const isAdjacent = cycle.some(
    ({ kind }, i) => kind === RW && cycle[(i + 1) % cycle.length]!.kind === RW,
  );
  const suffix = has(REALTIME) ? '-realtime' : has(PROCESS) ? '-process' : '';
  if (antis === 1) return `G-single${suffix}`;
  if (antis > 1) return isAdjacent ? `G2-item${suffix}` : `G-nonadjacent${suffix}`;
  if (has(WR)) return `G1c${suffix}`;
  return has(WW) ? `G0${suffix}` : null;
}
