/**
 * Turns the recorded actions of a test into a plan. Pure.
 *
 *   before   the actions before the main load, in order. A pause of the test becomes a `wait`; if the test
 *            waited for an event, so does the plan
 *   load     the main load: the one whose history failed a check, or else the last one
 *   steps    the actions during the main load, at their times or at a delay after the event that the test
 *            waited for
 *   checks   the checks that the test ran on the history of the main load
 *
 * If the test continued after its last load and no check of a history failed, all actions go under `before`.
 * The plan has to be the experiment that failed. Its notes state small differences. If a difference
 * matters, such as a check or an earlier load that a plan cannot express, there is no plan.
 */

import type { ClusterEvent } from '@faultline/actions';
import type {
  Action,
  Check,
  Condition,
  Done,
  Plan,
  PlannedCluster,
  Seen,
  Step,
} from '@faultline/plans';
import { actionText, isSeen, readCheck, readPlan, verbOf, verbs } from '@faultline/plans/data';
import { asFaultlineError, formatDuration } from '@faultline/protocol';
import type {
  Recorded,
  RecordedAction,
  RecordedActions,
  RecordedCheck,
  RecordedLoad,
  Sighting,
} from './action-recorder.ts';
import { drawsAgain } from './drawn.ts';

export interface TestedCluster {
  readonly name: string;
  readonly seed: string;
  readonly cluster: PlannedCluster;
  /** All events of the cluster. */
  readonly events: readonly ClusterEvent[];
  /** Makes the path of a program absolute. */
  readonly place: (program: string) => string;
}

export type TestPlan = {
  /** Index of the test's load that is judged; null: none. */
  readonly judgedLoad: number | null;
} & (
  | { readonly plan: Plan; readonly notes: readonly string[] }
  /** Why a plan cannot reproduce the test. */
  | { readonly why: string }
);

/** A shorter gap between two actions is overhead, not a pause of the test. */
const pauseMsMin = 20;
const togetherMsMax = 5;

export function testPlan(done: RecordedActions, tested: TestedCluster): TestPlan {
  const loads = done.list.filter((recorded) => recorded.kind === 'load');
  const hasFailed = ({ checks }: RecordedLoad): boolean => checks.some((check) => check.hasFailed);
  const last = loads.at(-1);
  const main =
    loads.find(({ checks }) => checks.some((check) => check.hasFailed && isExpressible(check))) ??
    loads.find(hasFailed) ??
    (last !== undefined && hasActionsAfter(done.list, last) ? undefined : last);
  const judgedLoad = main === undefined ? null : loads.indexOf(main);
  const why = unreplayable(done.list, main);
  if (why !== null) return { why, judgedLoad };
  try {
    return { ...new Writer(done, tested, main).write(), judgedLoad };
  } catch (thrown) {
    return { why: asFaultlineError(thrown).message, judgedLoad };
  }
}

/** Why a plan would be a different experiment, as far as the recorded actions show; null if it would not. */
function unreplayable(list: readonly Recorded[], main: RecordedLoad | undefined): string | null {
  if (list.length === 0) return 'the test did nothing to its cluster';
  const failed = main?.checks.filter((check) => check.hasFailed) ?? [];
  if (failed.length > 0 && !failed.some(isExpressible)) return whyInexpressible(failed[0]!);
  if (main?.planned === null) {
    return `a plan refers to workloads by name, and the workload ${main.name} is defined in the test`;
  }
  const loads = list.filter((recorded) => recorded.kind === 'load');
  const own = loads.find((load) => load.planned === null && hasRemained(list, load, main));
  if (own !== undefined) {
    return `a plan refers to workloads by name, and the earlier workload ${own.name} is defined in the test`;
  }
  const isConcurrent = main !== undefined && loads.some((each) => overlap(each, main));
  return isConcurrent ? 'two loads ran at the same time' : null;
}

const whyInexpressible = ({ promise, isOfLoad }: RecordedCheck): string =>
  isOfLoad
    ? `a plan cannot express the check that failed, "${promise}"`
    : `the check that failed, "${promise}", ran on a part of a history or on a modified one, and a plan checks whole histories`;

const isExpressible = ({ check, isOfLoad }: RecordedCheck): boolean =>
  isOfLoad && check !== null && readable(check) !== null;

/** Whether the cluster was not reset between an earlier load and the one that is judged. */
function hasRemained(
  list: readonly Recorded[],
  load: RecordedLoad,
  main: RecordedLoad | undefined,
): boolean {
  const untilMs = main?.begunMs ?? Number.POSITIVE_INFINITY;
  if (load.begunMs >= untilMs) return false;
  return !list.some(
    (recorded) =>
      recorded.kind === 'action' &&
      recorded.action.reset !== undefined &&
      recorded.begunMs >= (load.endedMs ?? Number.POSITIVE_INFINITY) &&
      recorded.begunMs < untilMs,
  );
}

/** Whether the test did anything to the cluster after this load, besides ending faults and healing. */
function hasActionsAfter(list: readonly Recorded[], load: RecordedLoad): boolean {
  const endMs = load.endedMs;
  if (endMs === null) return false;
  return list.some(
    (recorded) =>
      recorded.kind === 'action' &&
      recorded.begunMs >= endMs &&
      !['heal', 'converge', 'reset'].some((verb) => recorded.action[verb] !== undefined),
  );
}

function overlap(load: RecordedLoad, main: RecordedLoad): boolean {
  if (load === main) return false;
  const { POSITIVE_INFINITY: never } = Number;
  return load.begunMs < (main.endedMs ?? never) && (load.endedMs ?? never) > main.begunMs;
}

const assertionsNote =
  "The replay does not repeat the test's other assertions, nor checks of a modified history.";
const waitedNote =
  'Where the test waited for a condition, the replay waits for the same amount of time.';
const drawnNote = (action: string): string => `The replay draws the targets of "${action}" again.`;
const sightedNote = ({ kind, node }: ClusterEvent): string =>
  `The test named ${node} after it saw the event ${kind} from it; the replay always uses ${node}.`;

class Writer {
  readonly #done: RecordedActions;
  readonly #tested: TestedCluster;
  readonly #main: RecordedLoad | undefined;
  readonly #notes: string[] = [];
  /** Actions that are undone by name, with their names. */
  readonly #names = new Map<RecordedAction, string>();

  constructor(done: RecordedActions, tested: TestedCluster, main: RecordedLoad | undefined) {
    this.#done = done;
    this.#tested = tested;
    this.#main = main;
  }

  write(): { plan: Plan; notes: readonly string[] } {
    const { name, seed, cluster } = this.#tested;
    const main = this.#main;
    // Steps first: an undo among them gives its action under `before` a name.
    const steps = main === undefined ? [] : this.#steps(main);
    const before = this.#before(main?.begunMs ?? Number.POSITIVE_INFINITY);
    const checks = main === undefined ? [] : this.#checks(main);
    if (!main?.checks.some(({ hasFailed }) => hasFailed)) {
      this.#note(assertionsNote);
    }
    const within = main?.convergeWithin;
    const data = {
      name: nameOf(name),
      notes: ['The actions of a test, recorded as it ran.', ...this.#notes],
      seed,
      cluster,
      before,
      ...(main === undefined ? {} : { load: main.planned }),
      steps,
      converge: typeof within === 'string' ? { within } : false,
      checks,
    };
    // Values that JSON cannot represent do not belong in a plan.
    return { plan: readPlan(JSON.parse(JSON.stringify(data))), notes: this.#notes };
  }

  #before(endMs: number): Action[] {
    const { list, sightings, waits } = this.#done;
    const actions: Action[] = [];
    let atMs = this.#upMs();
    let hasPaused = false;
    const until = (nextMs: number): void => {
      const seen = sightings.findLast((each) => each.atMs > atMs && each.atMs <= nextMs);
      if (seen !== undefined) {
        actions.push({ wait: this.#seen(seen, 0) });
        atMs = seen.atMs;
      }
      if (nextMs - atMs < pauseMsMin) return;
      actions.push({ wait: inMs(nextMs - atMs) });
      hasPaused = true;
    };
    let load: RecordedLoad | undefined;
    const planned = list.filter(
      (recorded) => recorded.begunMs < endMs && recorded !== this.#main && !this.#isNoop(recorded),
    );
    for (const recorded of planned) if (recorded.kind === 'undo') this.#nameOf(recorded.of);
    for (const recorded of planned) {
      if (recorded.begunMs < atMs && load !== undefined) {
        this.#note(`Actions that ran during the earlier load ${load.name} come after it.`);
      }
      if (recorded.kind === 'load') load = recorded;
      const action = this.#actionFor(recorded);
      if (action === null) continue;
      until(recorded.begunMs);
      actions.push(action);
      atMs = Math.max(atMs, recorded.endedMs ?? recorded.begunMs);
    }
    if (Number.isFinite(endMs)) until(endMs);
    if (hasPaused && waits.some((atMs) => atMs <= endMs)) this.#note(waitedNote);
    return actions;
  }

  #actionFor(recorded: Recorded): Action | null {
    switch (recorded.kind) {
      case 'action':
        return this.#named(recorded);
      case 'undo':
        return { undo: this.#nameOf(recorded.of) };
      case 'load': {
        if (recorded.planned !== null) {
          const { planned, convergeWithin: within } = recorded;
          return { load: planned, ...(within === null ? {} : { converge: true, within }) };
        }
        this.#note(`The earlier load ${recorded.name} is defined in the test and omitted.`);
        return null;
      }
    }
  }

  /** The actions that ran while the clients of the load ran. */
  #steps(load: RecordedLoad): Step[] {
    const { list } = this.#done;
    const endMs = load.clientsEndedMs ?? load.endedMs ?? Number.POSITIVE_INFINITY;
    const during = list.filter(
      (recorded) =>
        recorded.kind !== 'load' &&
        recorded.begunMs >= load.begunMs &&
        recorded.begunMs < endMs &&
        !this.#isNoop(recorded),
    ) as Exclude<Recorded, RecordedLoad>[];
    const lifetimes = new Map<RecordedAction, string>();
    const lasts = (recorded: Recorded): boolean => {
      if (
        recorded.kind !== 'undo' ||
        !during.includes(recorded.of) ||
        hasLifetime(recorded.of.action)
      )
        return false;
      if (this.#waitedFor(recorded, load) !== this.#waitedFor(recorded.of, load)) return false;
      lifetimes.set(
        recorded.of,
        inMs(recorded.begunMs - (recorded.of.endedMs ?? recorded.of.begunMs)),
      );
      return true;
    };
    const planned = during.filter((recorded) => !lasts(recorded));
    const undos = new Map(
      planned.map((recorded) => [
        recorded,
        recorded.kind === 'undo' ? this.#nameOf(recorded.of) : '',
      ]),
    );
    const { waits } = this.#done;
    const hasWaited = ({ begunMs }: Recorded): boolean =>
      waits.some((atMs) => atMs >= load.begunMs && atMs <= begunMs);
    if (planned.some(hasWaited)) this.#note(waitedNote);
    const steps: { condition: Condition; do: Action[] }[] = [];
    let previous: Recorded | undefined;
    for (const recorded of planned) {
      const lifetime = recorded.kind === 'action' ? lifetimes.get(recorded) : undefined;
      const action: Action =
        recorded.kind === 'undo'
          ? { undo: undos.get(recorded)! }
          : { ...this.#named(recorded), ...(lifetime === undefined ? {} : { for: lifetime }) };
      if (previous !== undefined && this.#isTogether(previous, recorded, load)) {
        steps.at(-1)!.do.push(action);
      } else steps.push({ condition: this.#condition(recorded, load), do: [action] });
      previous = recorded;
    }
    return steps.map(({ condition, do: actions }) => ({ ...condition, do: actions }));
  }

  /** Whether the second follows directly. Never after a call, because a step does not wait for its reply. */
  #isTogether(a: Recorded, b: Recorded, load: RecordedLoad): boolean {
    if (a.endedMs === null || (a.kind === 'action' && a.action.call !== undefined)) return false;
    const gapMs = b.begunMs - a.endedMs;
    return (
      gapMs >= 0 && gapMs < togetherMsMax && this.#waitedFor(a, load) === this.#waitedFor(b, load)
    );
  }

  #condition(recorded: Recorded, load: RecordedLoad): Condition {
    const seen = this.#waitedFor(recorded, load);
    if (seen === undefined) return { at: inMs(recorded.begunMs - load.begunMs, 0) };
    const plusMs = recorded.begunMs - seen.event.atMs;
    const plus = plusMs < 1 ? {} : { plus: inMs(plusMs) };
    return { after: this.#seen(seen, load.begunMs), ...plus };
  }

  /** The last event since the load began that the test had waited for before this. */
  #waitedFor({ begunMs }: Recorded, load: RecordedLoad): Sighting | undefined {
    return this.#done.sightings.findLast(
      ({ event, atMs }) => event.atMs >= load.begunMs && atMs <= begunMs,
    );
  }

  /** Which occurrence of such an event it was since then (1 = first), counting all nodes. */
  #seen({ event }: Sighting, sinceMs: number): Seen {
    const { kind, facts } = event;
    const seen: Seen =
      kind === 'node.role' && typeof facts.role === 'string'
        ? { role: facts.role }
        : { event: kind === 'program.event' ? facts.name : kind };
    const count = this.#tested.events.filter(
      (each) => each.atMs >= sinceMs && each.seq <= event.seq && isSeen(seen, each),
    ).length;
    return count > 1 ? { ...seen, count } : seen;
  }

  #checks(load: RecordedLoad): Check[] {
    return load.checks.flatMap((recorded) => {
      const { promise, check, hasFailed, isNot } = recorded;
      // A violation that the test expected and got is nothing that a plan can require.
      if (isNot && !hasFailed) return [];
      if (check === null || !isExpressible(recorded)) {
        this.#note(`A plan cannot express the check "${promise}", so the replay omits it.`);
        return [];
      }
      if (isNot) this.#note(`The test expected the history not to ${promise}.`);
      return [readCheck(check)];
    });
  }

  /** An undo of an action that has ended anyway or that is not recorded. */
  #isNoop(recorded: Recorded): boolean {
    return (
      recorded.kind === 'undo' &&
      (isOver(recorded.of.action) || !this.#done.list.includes(recorded.of))
    );
  }

  #named(recorded: RecordedAction): Action {
    const name = this.#names.get(recorded);
    const { program } = recorded.action;
    if (drawsAgain(recorded.action)) this.#note(drawnNote(actionText(recorded.action)));
    const sighted = this.#sightedAs(recorded);
    if (sighted !== undefined) this.#note(sightedNote(sighted));
    return {
      ...recorded.action,
      ...(typeof program === 'string' ? { program: this.#tested.place(program) } : {}),
      ...(name === undefined ? {} : { as: name }),
    };
  }

  /** The program's event that the test saw from a node before it named that node. */
  #sightedAs({ action, begunMs }: RecordedAction): ClusterEvent | undefined {
    const named = String(action[verbOf(action)]).split(/[^\w.-]+/);
    return this.#done.sightings.findLast(
      ({ event: { kind, node }, atMs }) =>
        atMs <= begunMs &&
        (kind === 'node.role' || kind === 'program.event') &&
        node !== null &&
        named.includes(node),
    )?.event;
  }

  /** The name by which a later step undoes the action. */
  #nameOf(recorded: RecordedAction): string {
    const known = this.#names.get(recorded);
    if (known !== undefined) return known;
    const name = `fault-${this.#names.size + 1}`;
    this.#names.set(recorded, name);
    return name;
  }

  #note(note: string): void {
    if (!this.#notes.includes(note)) this.#notes.push(note);
  }

  #upMs(): number {
    return this.#tested.events.find(({ kind }) => kind === 'cluster.up')?.atMs ?? 0;
  }
}

const nameOf = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z0-9_-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 40) || 'test';

const something: Done = { nodes: ['n1'], rules: ['r1'] };

/** Whether the action leaves nothing to undo, whatever it did. */
const isOver = (action: Action): boolean =>
  (verbs[verbOf(action)].undo?.(action, something) ?? null) === null;
const hasLifetime = (action: Action): boolean => action.for !== undefined;

const inMs = (ms: number, least = 1): string => formatDuration(Math.max(least, Math.round(ms)));

function readable(check: Check): Check | null {
  try {
    return readCheck(check);
  } catch {
    return null;
  }
}
