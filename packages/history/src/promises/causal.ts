/**
 * Causal consistency of registers, in its three forms.
 *
 * A. Bouajjani, C. Enea, R. Guerraoui, J. Hamza, "On Verifying Causal Consistency", POPL 2017: for
 * histories in which every write of a key has its own value, each form holds exactly if none of its
 * bad patterns is there. They are decided in polynomial time.
 *
 *   causal             CC: reads respect the causal order: what a process did before, and what it read
 *   causal-memory      CM: besides, each process could have seen all that it saw in one order
 *                      (Ahamad et al. 1995)
 *   causal-convergence CCv: besides, all processes put conflicting writes in one order, so that they
 *                      can end in one state
 *
 * Causal order is kept as, for each operation, how many operations of each process are before it, which
 * costs operations × processes. An unknown write is before nothing that its process does later: no client
 * knows when it took effect.
 */
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, placeOf, shown } from '../shown.ts';
import { components } from '../transactions/components.ts';
import { EdgeList, type Graph, pack, RW, WR, WW } from '../transactions/graph.ts';
import { Judgement } from './judgement.ts';
import { isWriteOf, type RegisterHistory, readRegisterHistory } from './register-history.ts';

export type CausalForm = 'causal' | 'causal-memory' | 'causal-convergence';

export interface CausalOptions {
  readonly form?: CausalForm;
  /** How many times the order of all operations may be worked out for causal memory. */
  readonly roundsMax?: number;
}

const spoken: Readonly<Record<CausalForm, string>> = {
  causal: 'causally consistent',
  'causal-memory': 'causal memory',
  'causal-convergence': 'causally convergent',
};

export function checkCausal(
  history: History,
  { form = 'causal', roundsMax = 10_000 }: CausalOptions = {},
): CheckResult {
  const judgement = new Judgement(spoken[form]);
  const registers = readRegisterHistory(history, judgement);
  const causality = new Causality(registers);
  if (causality.size > sizeMax) {
    judgement.doubt(
      `${registers.operations.length} operations of this many processes are too many`,
    );
    return judgement.result(registers.readsFrom.size, 'reads');
  }
  const past = causality.pasts(causality.edges);
  if (past === null) {
    const loop = causality.cycle(causality.edges);
    judgement.problem(
      'cyclic causality',
      loop.map(({ index }) => index),
      `each of these is before the next and the last before the first, by the order of a process or because it was read: ${loop.map(named).join(', ')}`,
    );
  } else {
    causality.badReads(past, judgement);
    if (form === 'causal-convergence') causality.conflicts(past, judgement);
    if (form === 'causal-memory') causality.memory(past, roundsMax, judgement);
  }
  return judgement.result(registers.readsFrom.size, 'reads');
}

/** Operations × lines of which the causal order is worked out: 400 MB. */
const sizeMax = 100_000_000;

/** By operation and line: how many of the line's operations are before it, itself included. */
type Pasts = readonly Int32Array[];

class Causality {
  readonly edges: EdgeList;
  readonly #operations: readonly Operation[];
  readonly #readsFrom: RegisterHistory['readsFrom'];
  readonly #number = new Map<Operation, number>();
  /** Operations in lines: each is after those before it in its line. */
  readonly #lines: number[][] = [];
  readonly #lineOf: Int32Array;
  readonly #placeOf: Int32Array;
  /** By key and line: places of the key's writes in the line. */
  readonly #writes = new Map<Operation['key'], Map<number, number[]>>();

  constructor({ operations, readsFrom }: RegisterHistory) {
    this.#operations = operations;
    this.#readsFrom = readsFrom;
    this.#lineOf = new Int32Array(operations.length);
    this.#placeOf = new Int32Array(operations.length);
    this.edges = new EdgeList();
    const lineOfProcess = new Map<string, number>();
    for (const [n, operation] of operations.entries()) {
      this.#number.set(operation, n);
      let line = lineOfProcess.get(operation.process);
      const before = line === undefined ? undefined : this.#lines[line]!.at(-1);
      if (before !== undefined) this.edges.add(before, n, WW, -1);
      // An unknown write has a line of its own, so that nothing follows it there.
      if (operation.type === 'info' || line === undefined) {
        line = this.#lines.push([]) - 1;
        if (operation.type !== 'info') lineOfProcess.set(operation.process, line);
      }
      this.#lineOf[n] = line;
      this.#placeOf[n] = this.#lines[line]!.push(n) - 1;
      if (!isWriteOf(operation)) continue;
      const ofKey = this.#writes.get(operation.key) ?? new Map<number, number[]>();
      this.#writes.set(operation.key, ofKey);
      const inLine = ofKey.get(line) ?? [];
      ofKey.set(line, inLine);
      inLine.push(this.#placeOf[n]!);
    }
    for (const [read, write] of readsFrom) {
      if (write === null) continue;
      this.edges.add(this.#number.get(write)!, this.#number.get(read)!, WR, -1);
    }
  }

  get size(): number {
    return this.#operations.length * this.#lines.length;
  }

  /** What is before each operation by these edges; null if they run in a circle. */
  pasts(edges: EdgeList): Pasts | null {
    const count = this.#operations.length;
    const { offsets, to } = this.#packed(edges);
    const waits = new Int32Array(count);
    for (const target of to) waits[target]!++;
    const ready = [...waits.keys()].filter((n) => waits[n] === 0);
    const pasts = Array.from({ length: count }, () => new Int32Array(this.#lines.length));
    let done = 0;
    for (let n = ready.pop(); n !== undefined; n = ready.pop()) {
      done++;
      const past = pasts[n]!;
      const line = this.#lineOf[n]!;
      past[line] = Math.max(past[line]!, this.#placeOf[n]! + 1);
      for (let e = offsets[n]!; e < offsets[n + 1]!; e++) {
        const next = pasts[to[e]!]!;
        for (let l = 0; l < next.length; l++) if (past[l]! > next[l]!) next[l] = past[l]!;
        if (--waits[to[e]!]! === 0) ready.push(to[e]!);
      }
    }
    return done === count ? pasts : null;
  }

  /** Some operations that are in a circle. */
  cycle(edges: EdgeList): Operation[] {
    const graph = this.#packed(edges);
    const { of } = components(graph, WW | WR | RW);
    const start = of.findIndex((component) => component >= 0);
    const visited = new Map<number, number>();
    const path: number[] = [];
    let here = start;
    // Inside a component there is always an edge that stays inside, so this walk meets itself.
    while (!visited.has(here)) {
      visited.set(here, path.push(here) - 1);
      let e = graph.offsets[here]!;
      while (of[graph.to[e]!] !== of[start]) e++;
      here = graph.to[e]!;
    }
    return path.slice(visited.get(here)).map((n) => this.#operations[n]!);
  }

  /** WriteCOInitRead and WriteCORead: a newer write was already in the causal past. */
  badReads(past: Pasts, judgement: Judgement): void {
    for (const [read, from] of this.#readsFrom) {
      for (const newer of this.#lastWritesBefore(read, past)) {
        if (from === newer || (from !== null && !this.#isBefore(from, newer, past))) continue;
        const got = from === null ? 'the initial value' : shown(from.input);
        const which = from === null ? '' : `, which replaced it,`;
        judgement.problem(
          'stale read',
          [read.index, newer.index, ...(from === null ? [] : [from.index])],
          `${named(read)} returned ${got}, but the write of ${shown(newer.input)} by ${newer.process} (operation ${placeOf(newer)})${which} was causally before the read`,
        );
        break;
      }
    }
  }

  /** CyclicCF: two processes saw conflicting writes in different orders. */
  conflicts(past: Pasts, judgement: Judgement): void {
    const edges = this.#copy();
    for (const [read, from] of this.#readsFrom) {
      if (from === null) continue;
      for (const earlier of this.#lastWritesBefore(read, past)) {
        if (earlier !== from) this.#add(edges, earlier, from);
      }
    }
    if (this.pasts(edges) !== null) return;
    const loop = this.cycle(edges);
    judgement.problem(
      'conflicting order',
      loop.map(({ index }) => index),
      `no order of conflicting writes fits what all processes read: ${loop.map(named).join(', ')}`,
    );
  }

  /** WriteHBInitRead and CyclicHB, for the end of each process. */
  memory(causal: Pasts, roundsMax: number, judgement: Judgement): void {
    let rounds = 0;
    for (const line of this.#lines) {
      const reads = line.flatMap((n) => {
        const read = this.#operations[n]!;
        return this.#readsFrom.has(read) ? [read] : [];
      });
      if (reads.length === 0) continue;
      const end = causal[line.at(-1)!]!;
      const isSeen = (operation: Operation): boolean => {
        const n = this.#number.get(operation)!;
        return end[this.#lineOf[n]!]! > this.#placeOf[n]!;
      };
      const edges = this.#copy(isSeen);
      const known = new Set<string>();
      let past: Pasts | null = causal;
      for (let isChanged = true; isChanged; ) {
        isChanged = false;
        if (++rounds > roundsMax) {
          judgement.doubt('computing what each process could have seen took too long');
          return;
        }
        for (const read of reads) {
          const from = this.#readsFrom.get(read)!;
          for (const earlier of this.#lastWritesBefore(read, past)) {
            if (earlier === from) continue;
            if (from === null) {
              judgement.problem(
                'stale read',
                [read.index, earlier.index],
                `${named(read)} returned the initial value, but by all that ${read.process} read, the write of ${shown(earlier.input)} (operation ${placeOf(earlier)}) came before it`,
              );
              return;
            }
            const pair = `${earlier.index} ${from.index}`;
            if (known.has(pair)) continue;
            known.add(pair);
            this.#add(edges, earlier, from);
            isChanged = true;
          }
        }
        if (!isChanged) break;
        past = this.pasts(edges);
        if (past !== null) continue;
        const loop = this.cycle(edges);
        judgement.problem(
          'no single order',
          loop.map(({ index }) => index),
          `${reads[0]!.process} cannot have seen all writes in one order: ${loop.map(named).join(', ')}`,
        );
        return;
      }
    }
  }

  #packed(edges: EdgeList): Graph {
    return pack(edges, this.#operations.length, this.#operations.length);
  }

  #add(edges: EdgeList, before: Operation, after: Operation): void {
    edges.add(this.#number.get(before)!, this.#number.get(after)!, RW, -1);
  }

  #copy(isIn: (operation: Operation) => boolean = () => true): EdgeList {
    const copy = new EdgeList();
    for (let i = 0; i < this.edges.count; i++) {
      const [from, to] = [this.edges.from[i]!, this.edges.to[i]!];
      if (isIn(this.#operations[from]!) && isIn(this.#operations[to]!)) {
        copy.add(from, to, this.edges.kind[i]!, -1);
      }
    }
    return copy;
  }

  #isBefore(a: Operation, b: Operation, past: Pasts): boolean {
    const n = this.#number.get(a)!;
    return a !== b && past[this.#number.get(b)!]![this.#lineOf[n]!]! > this.#placeOf[n]!;
  }

  /** Of each line the last write of the read's key that is before the read. */
  *#lastWritesBefore(read: Operation, past: Pasts): Iterable<Operation> {
    const reach = past[this.#number.get(read)!]!;
    for (const [line, places] of this.#writes.get(read.key) ?? []) {
      const last = lastBelow(places, reach[line]!);
      if (last >= 0) yield this.#operations[this.#lines[line]![places[last]!]!]!;
    }
  }
}

/** Where in an ascending list the last number below the limit is; -1 if none is. */
function lastBelow(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
