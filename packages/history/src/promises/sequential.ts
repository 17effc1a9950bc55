/**
 * Sequential consistency: is there one order of all operations that explains all answers and in which
 * each process's operations keep theirs? Real time does not count (L. Lamport, 1979).
 *
 * Unlike linearizability this does not compose: each key may be sequentially consistent on its own
 * and all of them together not. So the keys are searched together, which is exponential (the problem is
 * NP-complete; Gibbons and Korach 1997): this is for small histories, and says `unknown` when it has
 * met more than `statesMax` states, or memory or time are used up.
 *
 * An unknown operation may take effect at any time after those of its process before it, or never.
 */
import { canonicalText } from '../canonical.ts';
import { States } from '../linearizability/states.ts';
import { type ModelSpec, OneOf, strangers } from '../models/model.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { Judgement } from './judgement.ts';

export interface SequentialOptions<State> {
  /** Of one key; a history without keys is one. */
  readonly model: Pick<ModelSpec<State>, 'name' | 'init' | 'step' | 'knows' | 'hash' | 'equals'>;
  readonly statesMax?: number;
  /** Memory for the states that were met, roughly. Default 512 MiB. */
  readonly maxBytes?: number;
  /** Asked now and then; true ends the search. For a limit of time. */
  readonly isOver?: () => boolean;
}

export function checkSequential<State>(
  history: History,
  { model, statesMax = 200_000, maxBytes = 512 * 2 ** 20, isOver }: SequentialOptions<State>,
): CheckResult {
  const judgement = new Judgement(`sequentially consistent (${model.name})`);
  const strange = strangers(model, history.operations);
  if (strange !== undefined) {
    judgement.doubt(strange);
    return judgement.result(0, 'operations');
  }
  const lines = linesOf(history.operations);
  const longest = search(lines, new States(model, []), model, { statesMax, maxBytes, isOver });
  const certain = lines.certain.reduce((sum, line) => sum + line.length, 0);
  if (typeof longest === 'string') {
    judgement.doubt(`${longest}; this search is for small histories`);
  } else if (longest.placed < certain) {
    const stuck = longest.next.map(
      (operation) =>
        `${named(operation)} with ${shown(operation.input)}, which returned ${shown(operation.output)}`,
    );
    judgement.problem(
      'no order',
      longest.next.map(({ index }) => index),
      `at most ${longest.placed} of ${certain} operations fit into one order; none of these can come next: ${stuck.join('; ')}`,
    );
  }
  return judgement.result(certain, 'operations');
}

interface Lines {
  /** Answered operations of each process, in its order. */
  readonly certain: readonly (readonly Operation[])[];
  /** Unknown ones, and after how many of which line they come. */
  readonly unknown: readonly {
    readonly operation: Operation;
    readonly line: number;
    readonly after: number;
  }[];
}

function linesOf(operations: readonly Operation[]): Lines {
  const numbers = new Map<string, number>();
  const certain: Operation[][] = [];
  const unknown: { operation: Operation; line: number; after: number }[] = [];
  for (const operation of operations) {
    if (operation.type === 'fail') continue;
    let line = numbers.get(operation.process);
    if (line === undefined) {
      line = certain.push([]) - 1;
      numbers.set(operation.process, line);
    }
    if (operation.type === 'ok') certain[line]!.push(operation);
    else unknown.push({ operation, line, after: certain[line]!.length });
  }
  return { certain, unknown };
}

interface Longest {
  readonly placed: number;
  /** What each process would have had to do next. */
  readonly next: readonly Operation[];
}

interface Place {
  readonly done: readonly number[];
  readonly used: readonly boolean[];
  /** By key, as numbers. */
  readonly states: ReadonlyMap<Operation['key'], number>;
}

interface Bounds {
  readonly statesMax: number;
  readonly maxBytes: number;
  readonly isOver: (() => boolean) | undefined;
}

/** Steps between two checks of memory and time. */
const sliceSteps = 256;
/** What one part of a state, and one step of a place on the way, take, roughly. */
const bytesOfWeight = 32;
const bytesOfPlace = 200;

/** Or, in words, why it was given up. */
function search<State>(
  { certain, unknown }: Lines,
  known: States,
  { step }: Pick<ModelSpec<State>, 'step'>,
  { statesMax, maxBytes, isOver }: Bounds,
): Longest | string {
  const total = certain.reduce((sum, line) => sum + line.length, 0);
  let longest: Longest = { placed: -1, next: [] };
  const met = new Set<string>();
  let bytes = 0;
  let steps = 0;
  const open: Place[] = [
    { done: certain.map(() => 0), used: unknown.map(() => false), states: new Map() },
  ];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { done, used, states } = place;
    const placed = done.reduce((sum, count) => sum + count, 0);
    if (placed > longest.placed) {
      longest = { placed, next: certain.flatMap((line, l) => line.slice(done[l]!, done[l]! + 1)) };
    }
    if (placed === total) return longest;
    const come = (
      operation: Operation,
      nextDone: readonly number[],
      nextUsed: readonly boolean[],
    ): void => {
      const before = known.valueOf(states.get(operation.key) ?? known.initial) as State;
      const after = step(before, operation);
      if (after === undefined) return;
      for (const state of after instanceof OneOf ? after.states : [after]) {
        const nextStates = new Map(states).set(operation.key, known.numberOf(state));
        const name = nameOf(nextDone, nextUsed, nextStates);
        if (met.has(name)) continue;
        met.add(name);
        bytes += bytesOfPlace + name.length + 8 * (nextDone.length + nextUsed.length);
        open.push({ done: nextDone, used: nextUsed, states: nextStates });
      }
    };
    // The last pushed is tried first: answered operations before unknown ones.
    for (const [u, { operation, line, after }] of unknown.entries()) {
      if (!used[u] && done[line]! >= after) come(operation, done, used.with(u, true));
    }
    for (const [l, line] of certain.entries()) {
      const next = line[done[l]!];
      if (next !== undefined) come(next, done.with(l, done[l]! + 1), used);
    }
    if (met.size > statesMax) return `more than ${statesMax} states`;
    if (bytes + known.weight * bytesOfWeight > maxBytes) return 'the memory limit was reached';
    if (++steps % sliceSteps === 0 && isOver?.() === true) return 'the time limit was reached';
  }
  return longest;
}

function nameOf(
  done: readonly number[],
  used: readonly boolean[],
  states: ReadonlyMap<Operation['key'], number>,
): string {
  const contents = [...states].map(([key, state]) => `${canonicalText(key)}=${state}`);
  return `${done.join()}|${used.map(Number).join('')}|${contents.sort().join(';')}`;
}
