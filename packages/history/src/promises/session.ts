/**
 * The four session guarantees, each by itself and all together.
 *
 * D. Terry et al., "Session Guarantees for Weakly Consistent Replicated Data", PDIS 1994. Of each
 * process and key:
 *
 *   read your writes     a read after an own write returns that version or a later one
 *   monotonic reads      a read after a read returns the same version or a later one
 *   monotonic writes     an own later write is a later version
 *   writes follow reads  a write after a read is a later version than the one read
 *
 * So each says of two versions which one must not be later. A guarantee is violated if no order of
 * the key's versions fits; whether an order fits is decided by whether what it says runs in a circle.
 * Values alone tell only that, and that the initial null comes first. Where the store itself has an
 * order, say so: 'values' that grow, or the 'hybrid' or 'lamport' stamp of each write. Without it the two
 * guarantees about writes alone are unknown: nobody sees them broken.
 *
 * What it does not do: the guarantees across keys. All four of them together, across keys, are
 * causal consistency (Brzezinski et al. 2004): see causal.ts.
 */
import type { Json } from '@faultline/protocol';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { components } from '../transactions/components.ts';
import { EdgeList, pack, WW } from '../transactions/graph.ts';
import { byKey } from './answers.ts';
import { Judgement } from './judgement.ts';
import { isWriteOf, type RegisterHistory, readRegisterHistory } from './register-history.ts';

export const sessionGuarantees = [
  'read your writes',
  'monotonic reads',
  'monotonic writes',
  'writes follow reads',
] as const;
export type SessionGuarantee = (typeof sessionGuarantees)[number];
export type VersionOrder = 'values' | 'hybrid' | 'lamport';

export interface SessionOptions {
  /** Default: all four. */
  readonly guarantees?: readonly SessionGuarantee[];
  readonly order?: VersionOrder;
}

/** `earlier` must not be a later version than `later`; null is the initial one. */
interface Demand {
  readonly earlier: Operation | null;
  readonly later: Operation | null;
  readonly guarantee: SessionGuarantee | 'order';
  readonly because: string;
  readonly operations: readonly number[];
}

export function checkSessions(
  history: History,
  { guarantees = sessionGuarantees, order }: SessionOptions = {},
): CheckResult {
  const judgement = new Judgement(guarantees.join(', '));
  const registers = readRegisterHistory(history, judgement);
  const isSeen = guarantees.some((one) => one === 'read your writes' || one === 'monotonic reads');
  if (order === undefined && !isSeen) {
    judgement.doubt(
      `nothing tells which versions are later: say by what (values, hybrid or lamport), or ask for all four guarantees`,
    );
  }
  const known = order === undefined ? [] : knownOrder(registers, order, judgement);
  const demands = demandsOf(registers).filter(({ guarantee }) =>
    guarantees.includes(guarantee as SessionGuarantee),
  );
  const broken = new Set<Demand>();
  for (const guarantee of guarantees) {
    const own = demands.filter((demand) => demand.guarantee === guarantee);
    for (const loop of circles([...known, ...own])) {
      const told = loop.filter((demand) => demand.guarantee === guarantee);
      for (const demand of told) broken.add(demand);
      tell(guarantee, loop, judgement);
    }
  }
  if (broken.size === 0) {
    for (const loop of circles([...known, ...demands]))
      tell('guarantees together', loop, judgement);
  }
  return judgement.result(demands.length, 'pairs of operations of one process');
}

function tell(name: string, loop: readonly Demand[], judgement: Judgement): void {
  judgement.problem(
    name,
    [...new Set(loop.flatMap(({ operations }) => operations))],
    `${name}: ${loop.map(({ because }) => because).join('; ')}; these versions cannot be put in order`,
  );
}

function demandsOf({ operations, readsFrom }: RegisterHistory): Demand[] {
  const demands: Demand[] = [];
  /** Per process and key: its last read and its last write. */
  const last = new Map<string, { read?: Operation; write?: Operation }>();
  for (const now of operations) {
    const session = JSON.stringify([now.process, now.key ?? null]);
    const before = last.get(session) ?? {};
    last.set(session, before);
    const demand = (
      guarantee: SessionGuarantee,
      earlier: Operation | null,
      later: Operation | null,
      by: Operation,
    ): void => {
      demands.push({
        earlier,
        later,
        guarantee,
        because: `${told(by)} and then ${told(now)}`,
        operations: [by.index, now.index],
      });
    };
    if (isWriteOf(now)) {
      if (before.write !== undefined) demand('monotonic writes', before.write, now, before.write);
      if (before.read !== undefined) {
        demand('writes follow reads', readsFrom.get(before.read)!, now, before.read);
      }
      // An unknown write may have taken effect at any time: nothing is asked of what comes later.
      if (now.type === 'ok') before.write = now;
    } else {
      const version = readsFrom.get(now)!;
      if (before.write !== undefined)
        demand('read your writes', before.write, version, before.write);
      if (before.read !== undefined) {
        demand('monotonic reads', readsFrom.get(before.read)!, version, before.read);
      }
      before.read = now;
    }
  }
  return demands;
}

const told = (operation: Operation): string =>
  isWriteOf(operation)
    ? `${named(operation)} of ${shown(operation.input)}`
    : `${named(operation)} returned ${shown(operation.output)}`;

/** The order of each key's writes that the store promises. */
function knownOrder(
  { operations }: RegisterHistory,
  order: VersionOrder,
  judgement: Judgement,
): Demand[] {
  return [...byKey(operations.filter(isWriteOf)).values()].flatMap((writes) => {
    const sortable = writes.filter((write) => rank(write, order) !== undefined);
    if (sortable.length < writes.length) {
      judgement.doubt(
        `${writes.length - sortable.length} writes have nothing to order them by (${order})`,
      );
    }
    sortable.sort((a, b) => compare(rank(a, order)!, rank(b, order)!));
    return sortable.slice(1).map((later, i): Demand => {
      const earlier = sortable[i]!;
      const because = `by ${order}, ${shown(later.input)} is later than ${shown(earlier.input)}`;
      return { earlier, later, guarantee: 'order', because, operations: [] };
    });
  });
}

type Rank = readonly (number | string)[];

function rank({ input, stamps }: Operation, order: VersionOrder): Rank | undefined {
  if (order === 'lamport') return stamps?.lamport === undefined ? undefined : [stamps.lamport];
  if (order === 'hybrid') {
    return stamps?.hybrid === undefined ? undefined : [stamps.hybrid.l, stamps.hybrid.c];
  }
  const value: Json = input;
  return typeof value === 'number' || typeof value === 'string' ? [value] : undefined;
}

function compare(a: Rank, b: Rank): number {
  for (const [i, one] of a.entries()) {
    const other = b[i]!;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

const circlesMax = 10;

/** Demands that run in a circle through more than one version: for each such knot, a short one. */
function circles(demands: readonly Demand[]): Demand[][] {
  const nodes = new Map<string, number>();
  const numberOf = (version: Operation | null, key: Operation['key']): number => {
    const name = version === null ? `initial ${JSON.stringify(key ?? null)}` : `${version.index}`;
    const known = nodes.get(name);
    if (known !== undefined) return known;
    nodes.set(name, nodes.size);
    return nodes.size - 1;
  };
  const edges = new EdgeList();
  const byEdge: Demand[] = [];
  for (const demand of demands) {
    const key = (demand.earlier ?? demand.later)?.key;
    const [from, to] = [numberOf(demand.earlier, key), numberOf(demand.later, key)];
    if (from === to) continue;
    edges.add(from, to, WW, byEdge.push(demand) - 1);
    // The initial version is before every other.
    if (demand.later === null) edges.add(to, from, WW, -1);
  }
  const graph = pack(edges, nodes.size, nodes.size);
  const { of, count } = components(graph, WW);
  return Array.from({ length: Math.min(count, circlesMax) }, (_, component) => {
    const start = of.indexOf(component);
    return shortestLoop(graph, of, start).flatMap((why) => (why < 0 ? [] : [byEdge[why]!]));
  });
}

function shortestLoop(
  graph: ReturnType<typeof pack>,
  of: Int32Array,
  start: number,
): readonly number[] {
  const cameBy = new Map<number, number>();
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (const here of queue) {
    for (let e = graph.offsets[here]!; e < graph.offsets[here + 1]!; e++) {
      const next = graph.to[e]!;
      if (of[next] !== of[start] || cameBy.has(next)) continue;
      cameBy.set(next, graph.why[e]!);
      cameFrom.set(next, here);
      if (next !== start) queue.push(next);
    }
  }
  const loop: number[] = [];
  let here = start;
  do {
    loop.unshift(cameBy.get(here)!);
    here = cameFrom.get(here)!;
  } while (here !== start);
  return loop;
}
