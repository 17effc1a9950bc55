/**
 * Sequential consistency: is there one order of all operations that explains all answers and in which
 * each process's operations keep theirs? Real time does not count (L. Lamport, 1979).
 *
 * Other than linearizability this does not compose: each key may be sequentially consistent by itself
 * and all of them together not. So the keys are searched together, which is exponential (the problem is
 * NP-complete; Gibbons and Korach 1997): this is for small histories, and says `unknown` when it has
 * met more than `statesMax` states.
 *
 * An unknown operation may take effect at any time after those of its process before it, or never.
 */
import { canonicalText } from '../canonical.ts';
import { type ModelSpec, OneOf, strangers } from '../models/model.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { Judgement } from './judgement.ts';

export interface SequentialOptions<State> {
  /** Of one key; a history without keys is one. */
  readonly model: Pick<ModelSpec<State>, 'name' | 'init' | 'step' | 'knows'>;
  readonly statesMax?: number;
}

export function checkSequential<State>(
  history: History,
  { model, statesMax = 200_000 }: SequentialOptions<State>,
): CheckResult {
  const judgement = new Judgement(`sequentially consistent (${model.name})`);
  const strange = strangers(model, history.operations);
  if (strange !== undefined) {
    judgement.doubt(strange);
    return judgement.result(0, 'operations');
  }
  const lines = linesOf(history.operations);
  const longest = search(lines, model, statesMax);
  const certain = lines.certain.reduce((sum, line) => sum + line.length, 0);
  if (longest === 'too many states') {
    judgement.doubt(`more than ${statesMax} states; this search is for small histories`);
  } else if (longest.placed < certain) {
    const stuck = longest.next.map(
      (operation) =>
        `${named(operation)}, asked ${shown(operation.input)}, answered ${shown(operation.output)}`,
    );
    judgement.problem(
      'no order',
      longest.next.map(({ index }) => index),
      `at most ${longest.placed} of ${certain} operations fit into one order; then none of these can be next: ${stuck.join('; ')}`,
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

interface Place<State> {
  readonly done: readonly number[];
  readonly used: readonly boolean[];
  readonly states: ReadonlyMap<Operation['key'], State>;
}

function search<State>(
  { certain, unknown }: Lines,
  model: Pick<ModelSpec<State>, 'init' | 'step'>,
  statesMax: number,
): Longest | 'too many states' {
  const total = certain.reduce((sum, line) => sum + line.length, 0);
  let longest: Longest = { placed: -1, next: [] };
  const met = new Set<string>();
  const open: Place<State>[] = [
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
      const before = states.has(operation.key) ? states.get(operation.key)! : model.init;
      const step = model.step(before, operation);
      if (step === undefined) return;
      for (const state of step instanceof OneOf ? step.states : [step]) {
        const nextStates = new Map(states).set(operation.key, state);
        const name = nameOf(nextDone, nextUsed, nextStates);
        if (met.has(name)) continue;
        met.add(name);
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
    if (met.size > statesMax) return 'too many states';
  }
  return longest;
}

function nameOf<State>(
  done: readonly number[],
  used: readonly boolean[],
  states: ReadonlyMap<Operation['key'], State>,
): string {
  const contents = [...states].map(([key, state]) => `${canonicalText(key)}=${plain(state)}`);
  return `${done.join()}|${used.map(Number).join('')}|${contents.sort().join(';')}`;
}

/** States that are sets or maps have no JSON of their own. */
function plain(state: unknown): string {
  if (state instanceof Set) return `{${[...state].map(plain).sort().join()}}`;
  if (state instanceof Map) return `{${[...state].map(plain).sort().join()}}`;
  return canonicalText(state);
}
