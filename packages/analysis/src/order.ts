/**
 * What `order` reports: the order that the nodes' wall clocks claim, compared with the order in which
 * things happened, and whether the logical clocks kept their promises.
 *
 *   pair   two steps of nodes that happened at different moments of true time
 *   lie    a pair whose wall clocks name the later step first
 *
 * Promises are checked on the steps that follow each other directly: the next one of a process, and a
 * message's reception after its send. "Less than" carries over from link to link of a chain, so a clock
 * that keeps its promise on every link keeps it for all pairs, however many there are.
 *
 * Members without a clock (clients, programs without the SDK) are excluded. No stamp promises an order
 * that arose only through one of them, as when a client reads here and then writes there.
 */
import { HappenedBefore, type Vector } from './happened-before.ts';
import { countInversions } from './inversions.ts';
import { type Process, type Run, receiveStep, sendStep } from './run.ts';

/** Two steps: `first` happened before `second`, in true time at least. */
export interface Pair {
  readonly first: number;
  readonly second: number;
}

export interface Lie extends Pair {
  /** How much earlier the later step's wall clock read. */
  readonly byMs: number;
}

export interface Lies {
  readonly pairs: number;
  readonly lies: number;
  readonly worst: Lie | null;
}

/** Whether a logical clock kept its promise. */
export interface Kept {
  /** The number of links checked. */
  readonly checked: number;
  readonly broken: number;
  readonly counterexample: Pair | null;
}

export interface OrderReport {
  /** Steps of nodes, with stamps; and all steps, those of clients included. */
  readonly steps: number;
  readonly allSteps: number;
  /** Pairs of steps of two different nodes, and of the same node (whose wall went back). */
  readonly acrossNodes: Lies;
  readonly withinNodes: Lies;
  /** Messages that arrived before they were sent, according to the wall clocks. */
  readonly messages: Lies;
  readonly lamport: Kept;
  readonly hybrid: Kept;
  /** How far the hybrid clock was from the wall of the node it was read at. */
  readonly hybridDistance: {
    /** The maximum that it was ahead, and at which step. */
    readonly aheadMs: number;
    readonly aheadAt: number;
    /** Steps at which it was behind, which is never correct. */
    readonly behind: number;
    readonly behindAt: number;
  };
  /** Carried vectors compared with those computed from the recording; null if none were carried. */
  readonly vector: VectorReport | null;
}

interface VectorReport {
  /** False: not checked, because no router saw some message, or the recording's beginning is gone. */
  readonly isWhole: boolean;
  readonly checked: number;
  readonly broken: number;
  readonly counterexample: {
    readonly step: number;
    readonly carried: Readonly<Record<string, number>>;
    readonly computed: Readonly<Record<string, number>>;
  } | null;
}

export function compareOrders(run: Run): OrderReport {
  const stamped = stampedByTime(run);
  return {
    steps: stamped.length,
    allSteps: run.stepCount,
    ...wallLies(run, stamped),
    messages: messageLies(run),
    lamport: checkLinks(run, (a, b) => run.steps.lamport.rows[a]! < run.steps.lamport.rows[b]!),
    hybrid: checkLinks(run, (a, b) => isHybridLess(run, a, b)),
    hybridDistance: hybridDistance(run, stamped),
    vector: checkVectors(run),
  };
}

/** By true time; of one moment, by wall, so that no pair within it counts as a lie. */
function stampedByTime({ steps, stepCount }: Run): Int32Array {
  const { atMs, wallMs } = steps;
  let count = 0;
  for (let step = 0; step < stepCount; step++) if (!Number.isNaN(wallMs.rows[step]!)) count++;
  const stamped = new Int32Array(count);
  for (let step = 0, at = 0; step < stepCount; step++) {
    if (!Number.isNaN(wallMs.rows[step]!)) stamped[at++] = step;
  }
  return stamped.sort((a, b) => atMs.rows[a]! - atMs.rows[b]! || wallMs.rows[a]! - wallMs.rows[b]!);
}

function wallLies(run: Run, stamped: Int32Array): Pick<OrderReport, 'acrossNodes' | 'withinNodes'> {
  const { wallMs } = run.steps;
  const wallsOf = (chosen: Int32Array): Float64Array<ArrayBuffer> =>
    Float64Array.from(chosen, (step) => wallMs.rows[step]!);
  const allLies = countInversions(wallsOf(stamped));
  const allPairs = pairsOf(run, stamped);
  let ownLies = 0;
  let ownPairs = 0;
  for (const own of byNode(run, stamped)) {
    ownLies += countInversions(wallsOf(own));
    ownPairs += pairsOf(run, own);
  }
  const { across, within } = worstLies(run, stamped);
  return {
    acrossNodes: { pairs: allPairs - ownPairs, lies: allLies - ownLies, worst: across },
    withinNodes: { pairs: ownPairs, lies: ownLies, worst: within },
  };
}

function byNode(run: Run, stamped: Int32Array): Iterable<Int32Array> {
  const nodes = new Map<string, number[]>();
  for (const step of stamped) {
    const { name } = run.processes[run.steps.owner.rows[step]!]!;
    const own = nodes.get(name);
    if (own === undefined) nodes.set(name, [step]);
    else own.push(step);
  }
  return [...nodes.values()].map((own) => Int32Array.from(own));
}

/** Steps at the same moment are not a pair. */
function pairsOf({ steps }: Run, ordered: Int32Array): number {
  let pairs = ordered.length === 0 ? 0 : (ordered.length * (ordered.length - 1)) / 2;
  for (let start = 0; start < ordered.length; ) {
    let end = start + 1;
    while (end < ordered.length && sameMoment(steps.atMs.rows, ordered, start, end)) end++;
    pairs -= ((end - start) * (end - start - 1)) / 2;
    start = end;
  }
  return pairs;
}

const sameMoment = (atMs: Float64Array, ordered: Int32Array, a: number, b: number): boolean =>
  atMs[ordered[a]!] === atMs[ordered[b]!];

/**
 * The pairs whose walls are furthest apart the wrong way round. For each step that is the earlier one
 * with the greatest wall: of the same node, and of any other, for which the two greatest of different
 * nodes are enough.
 */
function worstLies(run: Run, stamped: Int32Array): { across: Lie | null; within: Lie | null } {
  const { atMs, wallMs, owner } = run.steps;
  const nodeOf = (step: number): string => run.processes[owner.rows[step]!]!.name;
  const greatestOf = new Map<string, number>();
  let greatest = -1;
  let greatestOther = -1;
  let across: Lie | null = null;
  let within: Lie | null = null;
  const worse = (worst: Lie | null, first: number | undefined, second: number): Lie | null => {
    if (first === undefined || first < 0) return worst;
    const byMs = wallMs.rows[first]! - wallMs.rows[second]!;
    return byMs > (worst?.byMs ?? 0) ? { first, second, byMs } : worst;
  };
  for (let start = 0; start < stamped.length; ) {
    let end = start;
    while (end < stamped.length && sameMoment(atMs.rows, stamped, start, end)) {
      const step = stamped[end++]!;
      const node = nodeOf(step);
      const isOwn = greatest >= 0 && nodeOf(greatest) === node;
      across = worse(across, isOwn ? greatestOther : greatest, step);
      within = worse(within, greatestOf.get(node), step);
    }
    // Only now, so that steps of one moment are not compared with each other.
    for (; start < end; start++) {
      const step = stamped[start]!;
      const node = nodeOf(step);
      const wall = wallMs.rows[step]!;
      const own = greatestOf.get(node);
      if (own === undefined || wallMs.rows[own]! < wall) greatestOf.set(node, step);
      if (greatest < 0 || nodeOf(greatest) === node) {
        if (greatest < 0 || wallMs.rows[greatest]! < wall) greatest = step;
      } else if (wallMs.rows[greatest]! < wall) {
        greatestOther = greatest;
        greatest = step;
      } else if (greatestOther < 0 || wallMs.rows[greatestOther]! < wall) {
        greatestOther = step;
      }
    }
  }
  return { across, within };
}

function messageLies(run: Run): Lies {
  const { wallMs, kind } = run.steps;
  let pairs = 0;
  let lies = 0;
  let worst: Lie | null = null;
  for (let second = 0; second < run.stepCount; second++) {
    if (kind.rows[second] !== receiveStep) continue;
    const first = run.cause(second);
    if (first < 0) continue;
    const byMs = wallMs.rows[first]! - wallMs.rows[second]!;
    if (Number.isNaN(byMs)) continue;
    pairs++;
    if (byMs <= 0) continue;
    lies++;
    if (byMs > (worst?.byMs ?? 0)) worst = { first, second, byMs };
  }
  return { pairs, lies, worst };
}

/** The first counterexample is the earliest one. */
function checkLinks(run: Run, isKept: (a: number, b: number) => boolean): Kept {
  const { lamport, atMs } = run.steps;
  let checked = 0;
  let broken = 0;
  let counterexample: Pair | null = null;
  const check = (first: number, second: number): void => {
    if (first < 0 || lamport.rows[first]! < 0 || lamport.rows[second]! < 0) return;
    checked++;
    if (isKept(first, second)) return;
    broken++;
    if (counterexample === null || atMs.rows[second]! < atMs.rows[counterexample.second]!) {
      counterexample = { first, second };
    }
  };
  for (const { steps } of run.processes) {
    let before = -1;
    for (const step of steps) {
      check(run.cause(step), step);
      if (lamport.rows[step]! < 0) continue;
      check(before, step);
      before = step;
    }
  }
  return { checked, broken, counterexample };
}

function isHybridLess({ steps }: Run, a: number, b: number): boolean {
  const ms = steps.hybridMs.rows[a]! - steps.hybridMs.rows[b]!;
  return ms < 0 || (ms === 0 && steps.hybridCounter.rows[a]! < steps.hybridCounter.rows[b]!);
}

function hybridDistance({ steps }: Run, stamped: Int32Array): OrderReport['hybridDistance'] {
  let aheadMs = 0;
  let aheadAt = -1;
  let behind = 0;
  let behindAt = -1;
  for (const step of stamped) {
    // The hybrid clock counts whole milliseconds, and none before 1970.
    const ms = steps.hybridMs.rows[step]! - Math.max(0, Math.floor(steps.wallMs.rows[step]!));
    if (ms > aheadMs) [aheadMs, aheadAt] = [ms, step];
    if (ms >= 0) continue;
    behind++;
    if (behindAt < 0) behindAt = step;
  }
  return { aheadMs, aheadAt, behind, behindAt };
}

/**
 * A carried vector names the first incarnation of a node by the node's name, and later ones with their
 * number. A member without a clock is not counted and passes nothing on.
 */
function checkVectors(run: Run): VectorReport | null {
  if (run.vectors.size === 0) return null;
  const hasClock = run.processes.map(({ keepsRecord }) => keepsRecord);
  const isWhole = run.processes.every((owner) => !owner.keepsRecord || isKnownWhole(run, owner));
  if (!isWhole) return { isWhole, checked: 0, broken: 0, counterexample: null };
  let checked = 0;
  let broken = 0;
  let counterexample: VectorReport['counterexample'] = null;
  new HappenedBefore(run).each(
    (step, vector) => {
      const carried = run.vectors.get(step);
      if (carried === undefined) return;
      checked++;
      const computed = namedCounts(run, vector);
      if (isSame(carried, computed)) return;
      broken++;
      counterexample ??= { step, carried, computed };
    },
    {
      counts: (step) => hasClock[run.steps.owner.rows[step]!]!,
      isSilent: (owner) => !hasClock[owner]!,
    },
  );
  return { isWhole, checked, broken, counterexample };
}

/** Whether every message that the process sent is in the recording, seen by a router. */
function isKnownWhole(run: Run, owner: Process): boolean {
  const { kind, message } = run.steps;
  let sends = 0;
  let lastSeq = 0;
  for (const step of owner.steps) {
    if (kind.rows[step] !== sendStep) continue;
    if (run.isUnseen(message.rows[step]!)) return false;
    sends++;
    lastSeq = Math.max(lastSeq, run.messages.seq.rows[message.rows[step]!]!);
  }
  return sends === lastSeq;
}

function namedCounts({ processes }: Run, vector: Vector): Record<string, number> {
  const counts = Object.create(null) as Record<string, number>;
  for (const { index, name, incarnation } of processes) {
    if (vector[index]! > 0) {
      counts[incarnation === 1 ? name : `${name}.${incarnation}`] = vector[index]!;
    }
  }
  return counts;
}

/** A count of 0 and a missing one are the same. */
function isSame(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}
