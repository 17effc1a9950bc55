/**
 * Whether a history is linearizable: each operation took effect once, at a moment between its
 * invocation and its end, and all answers are those of the model in the order of these moments
 * (M. Herlihy & J. Wing, "Linearizability: a correctness condition for concurrent objects", 1990).
 *
 * Parts (see `partition` of a model) are searched in turn, each for a small number of steps, then four
 * times as many, and so on: a part that is hard to decide does not keep an easy violation in
 * another from being found. The first violation ends the check. Where steps, memory or time are used up, a
 * part stays undecided, and the verdict is `unknown` unless another part is violated.
 *
 * Deciding this is NP-complete, and what makes it hard is many clients that change the same part at
 * the same time. Measured: packages/history/README.md.
 */
import { plural } from '@faultline/protocol';
import { type Model, strangers } from '../models/model.ts';
import type { CheckResult, FaultInterval, History, Operation } from '../operation.ts';
import { endOf, inProcessOrder } from '../times.ts';
import { vacuousUnlessHit } from '../vacuous.ts';
import { describePart, explain } from './explain.ts';
import { Search } from './search.ts';
import { findWitness, type LinearizabilityWitness } from './witness.ts';

export interface LinearizabilityOptions {
  /** Steps of all parts together; ten million take about a second. Default 200 million. */
  readonly maxSteps?: number;
  /** Memory for configurations of all parts together, roughly. Default 512 MiB. */
  readonly maxBytes?: number;
  /** Asked now and then; true ends the check. For a limit of time. */
  readonly isOver?: () => boolean;
  /** Steps to spend on making a witness small. 0 leaves it as large as it is. Default 5 million. */
  readonly maxShrinkSteps?: number;
}

export type LinearizabilityResult = CheckResult<LinearizabilityWitness>;

interface Part {
  readonly key: string | number | undefined;
  readonly operations: Operation[];
  search: Search | undefined;
  outcome: 'ok' | 'violated' | 'unknown' | undefined;
  steps: number;
  configurations: number;
}

const firstSteps = 10_000;
const growth = 4;
/** Steps between two checks of memory and time. */
const sliceSteps = 20_000;

export function checkLinearizable(
  history: History | readonly Operation[],
  model: Model,
  options: LinearizabilityOptions = {},
): LinearizabilityResult {
  const check = new LinearizabilityCheck(history, model, options);
  while (!check.advance());
  return check.result;
}

/** The same check in slices, for who has something else to do in between. */
export class LinearizabilityCheck {
  readonly #model: Model;
  readonly #history: History;
  readonly #options: LinearizabilityOptions;
  readonly #parts: Part[];
  #open: Part[];
  #turn = 0;
  #steps = firstSteps;
  #spent = 0;
  #end: 'none' | 'ended' | 'steps' | 'over' = 'none';
  #memoryEnded = 0;
  /** What keeps it from being judged at all. */
  readonly #strangers: string | undefined;

  constructor(
    history: History | readonly Operation[],
    model: Model,
    options: LinearizabilityOptions = {},
  ) {
    this.#history = 'operations' in history ? history : { operations: history };
    this.#model = model;
    this.#options = options;
    this.#strangers = strangers(model, this.#history.operations);
    this.#parts =
      this.#strangers === undefined ? split(inProcessOrder(this.#history.operations), model) : [];
    this.#open = this.#parts;
  }

  /** Continues for one slice. True when the result is ready. */
  advance(): boolean {
    if (this.#end !== 'none') return true;
    const part = this.#open[this.#turn];
    if (part === undefined) {
      this.#open = this.#open.filter(({ outcome }) => outcome === undefined);
      this.#turn = 0;
      this.#steps *= growth;
      if (this.#open.length === 0) this.#end = 'ended';
      return this.#end !== 'none';
    }
    if (part.outcome !== undefined || this.#runSlice(part)) this.#turn += 1;
    if (part.outcome === 'violated') this.#end = 'ended';
    else if (this.#spent >= (this.#options.maxSteps ?? 200_000_000)) this.#end = 'steps';
    else if (this.#options.isOver?.() === true) this.#end = 'over';
    return this.#end !== 'none';
  }

  /** True when the part has had its turn. */
  #runSlice(part: Part): boolean {
    if (part.search === undefined) {
      const shortcut = this.#model.shortcut?.(part.operations);
      if (shortcut !== undefined) {
        part.outcome = shortcut.conflict.length === 0 ? 'ok' : 'violated';
        part.steps = part.operations.length;
        this.#spent += part.steps;
        return true;
      }
      part.search = new Search(part.operations, this.#model);
    }
    const { search } = part;
    const before = part.steps;
    search.run(Math.min(sliceSteps, this.#steps - part.steps));
    part.steps = search.steps;
    part.configurations = search.configurations;
    part.outcome = search.outcome;
    this.#spent += part.steps - before;
    if (part.outcome === 'ok') part.search = undefined;
    this.#boundMemory();
    return part.outcome !== undefined || part.steps >= this.#steps;
  }

  /** Drops the part that uses the most memory when all together use too much. */
  #boundMemory(): void {
    const searched = this.#parts.filter(
      ({ search, outcome }) => search !== undefined && outcome === undefined,
    );
    const bytes = searched.reduce((sum, { search }) => sum + search!.bytes, 0);
    if (bytes <= (this.#options.maxBytes ?? 512 * 2 ** 20)) return;
    const largest = searched.reduce((a, b) => (b.search!.bytes > a.search!.bytes ? b : a));
    largest.outcome = 'unknown';
    largest.search = undefined;
    this.#memoryEnded += 1;
  }

  get result(): LinearizabilityResult {
    const parts = this.#parts;
    const undecided = parts.filter(({ outcome }) => outcome === undefined || outcome === 'unknown');
    const violated = parts.find(({ outcome }) => outcome === 'violated');
    const stats = {
      operations: this.#history.operations.length,
      parts: parts.length,
      undecidedParts: undecided.length,
      steps: parts.reduce((sum, { steps }) => sum + steps, 0),
      configurations: parts.reduce((sum, { configurations }) => sum + configurations, 0),
    };
    if (violated !== undefined) return this.#violation(violated, stats);
    if (this.#strangers !== undefined) {
      const summary = `not decided: ${this.#strangers}`;
      return { verdict: 'unknown', summary, explanation: [summary], stats };
    }
    if (undecided.length > 0) {
      return {
        verdict: 'unknown',
        summary: `not decided: ${this.#whyUndecided()} in ${plural(undecided.length, 'part')} of ${parts.length}`,
        explanation: undecided.slice(0, 5).map((part) => describeUndecided(part, this.#history)),
        stats,
      };
    }
    if (!this.#history.operations.some(({ type }) => type === 'ok')) {
      return {
        verdict: 'vacuous',
        summary: 'no operation was answered, so there is nothing to be linearizable',
        explanation: [],
        stats,
      };
    }
    return vacuousUnlessHit(
      {
        verdict: 'ok',
        summary: `linearizable: ${plural(this.#history.operations.length, 'operation')} on a ${this.#model.name}`,
        explanation: [],
        stats,
      },
      this.#history.faults,
      this.#history.operations,
    );
  }

  #violation(part: Part, stats: LinearizabilityResult['stats']): LinearizabilityResult {
    const found = findWitness(part.operations, this.#model, {
      search: part.search,
      key: part.key,
      maxSteps: this.#options.maxShrinkSteps ?? 5_000_000,
      isOver: this.#options.isOver,
    });
    const witness = inOwnTimes(found, this.#history);
    return { verdict: 'violated', ...explain(witness, this.#model), witness, stats };
  }

  #whyUndecided(): string {
    if (this.#end === 'over') return 'the time limit was reached';
    return this.#end === 'steps' ? 'the step limit was reached' : 'the memory limit was reached';
  }
}

/** A witness of the operations as the history has them, with the faults that were there then. */
function inOwnTimes(
  found: Omit<LinearizabilityWitness, 'faults'>,
  { operations, faults = [] }: History,
): LinearizabilityWitness {
  const byIndex = new Map(operations.map((operation) => [operation.index, operation]));
  const own = ({ index }: Operation): Operation => byIndex.get(index)!;
  const operation = own(found.operation);
  return {
    ...found,
    operation,
    possible: found.possible.map(({ state, by }) =>
      by === undefined ? { state } : { state, by: own(by) },
    ),
    smallest: found.smallest.map(own),
    faults: faultsDuring(faults, operation),
  };
}

function faultsDuring(
  faults: readonly FaultInterval[],
  operation: Operation,
): readonly FaultInterval[] {
  return faults.filter(
    ({ fromMs, toMs }) =>
      fromMs <= endOf(operation) && (toMs === null || toMs >= operation.invokedMs),
  );
}

function describeUndecided({ key, operations, search }: Part, history: History): string {
  const furthest = search?.furthestReturn?.index;
  const upTo = history.operations.find(({ index }) => index === furthest);
  const reached =
    upTo === undefined
      ? ''
      : `; up to ${upTo.endedMs} ms an order was found, after ${plural(search!.returnsBefore, 'return')}`;
  return `${describePart(key)}: ${plural(operations.length, 'operation')}${reached}.`;
}

function split(operations: readonly Operation[], model: Model): Part[] {
  const parts = new Map<string | number | undefined, Part>();
  for (const operation of operations) {
    const key = model.partition(operation);
    let part = parts.get(key);
    if (part === undefined) {
      part = {
        key,
        operations: [],
        search: undefined,
        outcome: undefined,
        steps: 0,
        configurations: 0,
      };
      parts.set(key, part);
    }
    part.operations.push(operation);
  }
  return [...parts.values()];
}
