/**
 * The four session guarantees, each separately and all together.
 *
 * D. Terry et al., "Session Guarantees for Weakly Consistent Replicated Data", PDIS 1994. Of each
 * process and key:
 *
 *   read your writes     a read after an own write returns that version or a later one
 *   monotonic reads      a read after a read returns the same version or a later one
 *   monotonic writes     an own later write is a later version
 *   writes follow reads  a write after a read is a later version than the one read
 *
 * So each says of two versions which one must not be later, of all that the process did before, not only
 * of the last. A guarantee is violated if no order of the key's versions fits; whether an order fits is
 * decided by whether what it says runs in a circle. All own writes before some read, and all own reads
 * before some write, meet in a *joint*, so that there are as many demands as operations and not as pairs.
 * Values alone show only that, and that the initial null comes first. Where the store itself has an
 * order, say so: 'values' that grow, or the 'hybrid' or 'lamport' stamp of each write. Without it the two
 * guarantees about writes alone are unknown: no read shows them broken.
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

const isOrder = (reason: SessionGuarantee | VersionOrder): reason is VersionOrder =>
  !sessionGuarantees.some((guarantee) => guarantee === reason);

export interface SessionOptions {
  /** Default: all four. */
  readonly guarantees?: readonly SessionGuarantee[];
  readonly order?: VersionOrder;
}

/** Stands for all own writes, or for the versions of all own reads, up to some operation. */
class Joint {}

/** Null is the initial version of the key. */
type Version = Operation | Joint | null;

/** `earlier` must not be a later version than `later`. */
interface Demand {
  readonly key: Operation['key'];
  readonly earlier: Version;
  readonly later: Version;
  readonly guarantee: SessionGuarantee | VersionOrder;
  /** The operation that knew the earlier version; omitted behind a joint. */
  readonly by?: Operation;
  /** The operation that asks for it; omitted before a joint. */
  readonly now?: Operation;
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
      `no order of versions is known: pass one (values, hybrid or lamport), or check all four guarantees together`,
    );
  }
  requireNoForesight(registers, judgement);
  const known = order === undefined ? [] : knownOrder(registers, order, judgement);
  const demands = demandsOf(registers).filter(({ guarantee }) =>
    guarantees.includes(guarantee as SessionGuarantee),
  );
  let isBroken = false;
  for (const guarantee of guarantees) {
    const own = demands.filter((demand) => demand.guarantee === guarantee);
    for (const loop of circles([...known, ...own])) {
      isBroken = true;
      report(guarantee, loop, judgement);
    }
  }
  if (!isBroken) {
    for (const loop of circles([...known, ...demands])) {
      report('guarantees together', loop, judgement);
    }
  }
  const judged = demands.filter(({ now }) => now !== undefined).length;
  return judgement.result(judged, 'pairs of operations of one process');
}

/** A process that reads what it writes only later has read the future: no order of versions allows that. */
function requireNoForesight({ readsFrom }: RegisterHistory, judgement: Judgement): void {
  for (const [read, write] of readsFrom) {
    if (write === null || write.process !== read.process || write.index < read.index) continue;
    judgement.problem(
      'value from the future',
      [read.index, write.index],
      `${named(read)} returned ${shown(read.output)}, which ${named(write)} wrote only later`,
    );
  }
}

function report(name: string, loop: readonly Demand[], judgement: Judgement): void {
  const sentences: string[] = [];
  const operations = new Set<number>();
  let by: Operation | undefined;
  for (const demand of startingAtVersion(loop)) {
    by = demand.by ?? by;
    if (demand.now === undefined || by === undefined) continue;
    const { guarantee, now } = demand;
    sentences.push(
      isOrder(guarantee)
        ? `by ${guarantee}, ${shown(now.input)} is later than ${shown(by.input)}`
        : `${answerOf(by)} and then ${answerOf(now)}`,
    );
    operations.add(by.index).add(now.index);
  }
  judgement.problem(
    name,
    [...operations],
    `${name}: ${sentences.join('; ')}; these versions cannot be put in order`,
  );
}

/** The loop from a version on, so that who knew it is named before who asks for it. */
function startingAtVersion(loop: readonly Demand[]): readonly Demand[] {
  const start = loop.findIndex(({ earlier }) => !(earlier instanceof Joint));
  return [...loop.slice(start), ...loop.slice(0, start)];
}

interface Session {
  write?: Operation;
  read?: Operation;
  /** All own writes so far, and the versions of all own reads. */
  writes?: Joint;
  reads?: Joint;
}

function demandsOf({ operations, readsFrom }: RegisterHistory): Demand[] {
  const demands: Demand[] = [];
  const sessions = new Map<string, Session>();
  for (const now of operations) {
    const { process, key } = now;
    const name = JSON.stringify([process, key ?? null]);
    const session = sessions.get(name) ?? {};
    sessions.set(name, session);
    const demand = (
      guarantee: SessionGuarantee,
      earlier: Version,
      later: Version,
      who: Pick<Demand, 'by' | 'now'>,
    ): void => void demands.push({ key, earlier, later, guarantee, ...who });
    /** A joint of what met in `before` and of one version more. */
    const join = (
      guarantee: SessionGuarantee,
      before: Joint | undefined,
      version: Version,
    ): Joint => {
      const joint = new Joint();
      if (before !== undefined) demand(guarantee, before, joint, {});
      demand(guarantee, version, joint, { by: now });
      return joint;
    };
    if (isWriteOf(now)) {
      const { write, reads } = session;
      if (write !== undefined) demand('monotonic writes', write, now, { by: write, now });
      if (reads !== undefined) demand('writes follow reads', reads, now, { now });
      // An unknown write may have taken effect at any time: nothing is asked of what comes later.
      if (now.type !== 'ok') continue;
      session.write = now;
      session.writes = join('read your writes', session.writes, now);
    } else {
      const version = readsFrom.get(now)!;
      const { read, writes } = session;
      if (writes !== undefined) demand('read your writes', writes, version, { now });
      if (read !== undefined) {
        demand('monotonic reads', readsFrom.get(read)!, version, { by: read, now });
      }
      session.read = now;
      session.reads = join('writes follow reads', session.reads, version);
    }
  }
  return demands;
}

const answerOf = (operation: Operation): string =>
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
        `${writes.length - sortable.length} writes have no value to order them by (${order})`,
      );
    }
    sortable.sort((a, b) => compare(rank(a, order)!, rank(b, order)!));
    return sortable.slice(1).map((later, i): Demand => {
      const earlier = sortable[i]!;
      return { key: later.key, earlier, later, guarantee: order, by: earlier, now: later };
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
  const edges = new EdgeList();
  const initials = new Map<Operation['key'], number>();
  const numbers = new Map<Operation | Joint, number>();
  const versions: boolean[] = [];
  const initialOf = (key: Operation['key']): number => {
    const initial = initials.get(key) ?? versions.push(true) - 1;
    initials.set(key, initial);
    return initial;
  };
  const numberOf = (version: Version, key: Operation['key']): number => {
    if (version === null) return initialOf(key);
    const known = numbers.get(version);
    if (known !== undefined) return known;
    const isVersion = !(version instanceof Joint);
    const number = versions.push(isVersion) - 1;
    numbers.set(version, number);
    // The initial version is before every other.
    if (isVersion) edges.add(initialOf(key), number, WW, -1);
    return number;
  };
  for (const [why, { key, earlier, later }] of demands.entries()) {
    const [from, to] = [numberOf(earlier, key), numberOf(later, key)];
    if (from !== to) edges.add(from, to, WW, why);
  }
  const graph = pack(edges, versions.length, versions.length);
  const { of, count } = components(graph, WW);
  const members = Array.from({ length: count }, (): number[] => []);
  for (const [n, component] of of.entries()) {
    if (component >= 0 && versions[n]) members[component]!.push(n);
  }
  return members
    .filter(({ length }) => length > 1)
    .slice(0, circlesMax)
    .map(([start]) =>
      shortestLoop(graph, of, start!, versions).flatMap((why) => (why < 0 ? [] : [demands[why]!])),
    );
}

/** To the nearest other version, and back. */
function shortestLoop(
  graph: ReturnType<typeof pack>,
  of: Int32Array,
  start: number,
  versions: readonly boolean[],
): readonly number[] {
  const there = pathTo(graph, of, start, (n) => n !== start && versions[n]!);
  const back = pathTo(graph, of, there.end, (n) => n === start);
  return [...there.path, ...back.path];
}

function pathTo(
  graph: ReturnType<typeof pack>,
  of: Int32Array,
  start: number,
  isThere: (n: number) => boolean,
): { readonly end: number; readonly path: readonly number[] } {
  const cameBy = new Map<number, { readonly from: number; readonly why: number }>();
  const queue = [start];
  for (const here of queue) {
    if (isThere(here)) {
      const path: number[] = [];
      for (let n = here; n !== start; n = cameBy.get(n)!.from) path.unshift(cameBy.get(n)!.why);
      return { end: here, path };
    }
    for (let e = graph.offsets[here]!; e < graph.offsets[here + 1]!; e++) {
      const next = graph.to[e]!;
      if (of[next] !== of[start] || next === start || cameBy.has(next)) continue;
      cameBy.set(next, { from: here, why: graph.why[e]! });
      queue.push(next);
    }
  }
  throw new TypeError('expected a path within the component');
}
