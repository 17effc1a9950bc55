/**
 * A plan of what a test did. Pure.
 *
 *   before   what was done until the load began that the plan is about, in its order: a pause of the
 *            test is a `wait`, and where it waited for an event, a wait for that
 *   load     the one of whose history a check failed; else the last one
 *   steps    what was done beside it, each at its time, or so long after what the test had waited for
 *   checks   those that the test asked for of its history
 *
 * Where the test went on after its last load, and no check of ours failed, all of it stands under `before`.
 * A plan has to be the experiment that failed. What comes close to it stands in its notes; what does not,
 * a check or an earlier load that no plan can say, is why there is none.
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
import type { ActionDeed, Asked, Deed, Deedlist, LoadDeed, Sighting } from './deeds.ts';
import { drawsAgain } from './drawn.ts';

export interface TestedCluster {
  readonly name: string;
  readonly seed: string;
  readonly cluster: PlannedCluster;
  /** Everything that happened in it. */
  readonly events: readonly ClusterEvent[];
  /** A program that a node was started with, as it can be found from anywhere. */
  readonly place: (program: string) => string;
}

export type TestPlan = {
  /** Which of the test's loads is judged; null: none. */
  readonly judgedLoad: number | null;
} & (
  | { readonly plan: Plan; readonly notes: readonly string[] }
  /** Why no plan can stand for the test. */
  | { readonly why: string }
);

/** Less than this between two deeds is what it takes to do them. */
const pauseMsMin = 20;
const togetherMsMax = 5;

export function testPlan(deeds: Deedlist, tested: TestedCluster): TestPlan {
  const loads = deeds.list.filter((deed) => deed.kind === 'load');
  const hasFailed = ({ checks }: LoadDeed): boolean => checks.some((asked) => asked.hasFailed);
  const last = loads.at(-1);
  const main =
    loads.find(({ checks }) => checks.some((asked) => asked.hasFailed && isSayable(asked))) ??
    loads.find(hasFailed) ??
    (last !== undefined && wentOn(deeds.list, last) ? undefined : last);
  const judgedLoad = main === undefined ? null : loads.indexOf(main);
  const why = unreplayable(deeds.list, main);
  if (why !== null) return { why, judgedLoad };
  try {
    return { ...new Writer(deeds, tested, main).write(), judgedLoad };
  } catch (thrown) {
    return { why: asFaultlineError(thrown).message, judgedLoad };
  }
}

/** Why a plan would be another experiment, as far as the deeds alone say it. */
function unreplayable(list: readonly Deed[], main: LoadDeed | undefined): string | null {
  if (list.length === 0) return 'the test did nothing to its cluster';
  const failed = main?.checks.filter((asked) => asked.hasFailed) ?? [];
  if (failed.length > 0 && !failed.some(isSayable)) return whyUnsaid(failed[0]!);
  if (main?.asks === null) {
    return `a plan knows workloads by their names, and ${main.name} is the test's own`;
  }
  const loads = list.filter((deed) => deed.kind === 'load');
  const own = loads.find((load) => load.asks === null && hasRemained(list, load, main));
  if (own !== undefined) {
    return `a plan knows workloads by their names, and the earlier load ${own.name} is the test's own`;
  }
  const beside = main !== undefined && loads.some((each) => overlap(each, main));
  return beside ? 'two loads ran at the same time' : null;
}

const whyUnsaid = ({ said, isOfLoad }: Asked): string =>
  isOfLoad
    ? `no plan can say the check that failed, "${said}"`
    : `the check that failed, "${said}", is of a part of a history or of a changed one, and a plan judges all of a load`;

const isSayable = ({ check, isOfLoad }: Asked): boolean =>
  isOfLoad && check !== null && readable(check) !== null;

/** Whether the cluster had not been reset between an earlier load and the one that is judged. */
function hasRemained(list: readonly Deed[], load: LoadDeed, main: LoadDeed | undefined): boolean {
  const untilMs = main?.begunMs ?? Number.POSITIVE_INFINITY;
  if (load.begunMs >= untilMs) return false;
  return !list.some(
    (deed) =>
      deed.kind === 'action' &&
      deed.action.reset !== undefined &&
      deed.begunMs >= (load.endedMs ?? Number.POSITIVE_INFINITY) &&
      deed.begunMs < untilMs,
  );
}

/** Ends of faults, and what makes a cluster well again, are no reason to play on. */
function wentOn(list: readonly Deed[], load: LoadDeed): boolean {
  const endMs = load.endedMs;
  if (endMs === null) return false;
  return list.some(
    (deed) =>
      deed.kind === 'action' &&
      deed.begunMs >= endMs &&
      !['heal', 'converge', 'reset'].some((verb) => deed.action[verb] !== undefined),
  );
}

function overlap(load: LoadDeed, main: LoadDeed): boolean {
  if (load === main) return false;
  const { POSITIVE_INFINITY: never } = Number;
  return load.begunMs < (main.endedMs ?? never) && (load.endedMs ?? never) > main.begunMs;
}

const ownNote = 'What the test asserted by itself, or of a changed history, is not judged.';
const waitedNote =
  'Where the test waited for a condition of its own, the replay waits as long as it did.';
const drawnNote = (does: string): string => `Whom "${does}" means is drawn again in the replay.`;
const sightedNote = ({ kind, node }: ClusterEvent): string =>
  `The test named ${node} after it had seen its ${kind}: the replay takes ${node}, whichever node that is by then.`;

class Writer {
  readonly #deeds: Deedlist;
  readonly #tested: TestedCluster;
  readonly #main: LoadDeed | undefined;
  readonly #notes: string[] = [];
  /** Actions that are taken back, by the name that this needs. */
  readonly #names = new Map<ActionDeed, string>();

  constructor(deeds: Deedlist, tested: TestedCluster, main: LoadDeed | undefined) {
    this.#deeds = deeds;
    this.#tested = tested;
    this.#main = main;
  }

  write(): { plan: Plan; notes: readonly string[] } {
    const { name, seed, cluster } = this.#tested;
    const main = this.#main;
    // From the back: an undoing gives its action a name.
    const steps = main === undefined ? [] : this.#steps(main);
    const before = this.#before(main?.begunMs ?? Number.POSITIVE_INFINITY);
    const checks = main === undefined ? [] : this.#checks(main);
    if (!main?.checks.some(({ hasFailed }) => hasFailed)) {
      this.#note(ownNote);
    }
    const within = main?.convergeWithin;
    const data = {
      name: nameOf(name),
      notes: ['What a test did, written down as it ran.', ...this.#notes],
      seed,
      cluster,
      before,
      ...(main === undefined ? {} : { load: main.asks }),
      steps,
      converge: typeof within === 'string' ? { within } : false,
      checks,
    };
    // What JSON cannot say is in no plan.
    return { plan: readPlan(JSON.parse(JSON.stringify(data))), notes: this.#notes };
  }

  #before(endMs: number): Action[] {
    const { list, sightings, waits } = this.#deeds;
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
    let load: LoadDeed | undefined;
    const told = list.filter(
      (deed) => deed.begunMs < endMs && deed !== this.#main && !this.#isIdle(deed),
    );
    for (const deed of told) if (deed.kind === 'undo') this.#nameOf(deed.of);
    for (const deed of told) {
      if (deed.begunMs < atMs && load !== undefined) {
        this.#note(`What was done beside an earlier load, of ${load.name}, comes after it.`);
      }
      if (deed.kind === 'load') load = deed;
      const said = this.#said(deed);
      if (said === null) continue;
      until(deed.begunMs);
      actions.push(said);
      atMs = Math.max(atMs, deed.endedMs ?? deed.begunMs);
    }
    if (Number.isFinite(endMs)) until(endMs);
    if (hasPaused && waits.some((atMs) => atMs <= endMs)) this.#note(waitedNote);
    return actions;
  }

  #said(deed: Deed): Action | null {
    switch (deed.kind) {
      case 'action':
        return this.#named(deed);
      case 'undo':
        return { undo: this.#nameOf(deed.of) };
      case 'load': {
        if (deed.asks !== null) {
          const { asks, convergeWithin: within } = deed;
          return { load: asks, ...(within === null ? {} : { converge: true, within }) };
        }
        this.#note(`An earlier load, ${deed.name}, is the test's own and left out.`);
        return null;
      }
    }
  }

  /** What was done while the clients of the load asked. */
  #steps(load: LoadDeed): Step[] {
    const { list } = this.#deeds;
    const endMs = load.askedMs ?? load.endedMs ?? Number.POSITIVE_INFINITY;
    const during = list.filter(
      (deed) =>
        deed.kind !== 'load' &&
        deed.begunMs >= load.begunMs &&
        deed.begunMs < endMs &&
        !this.#isIdle(deed),
    ) as Exclude<Deed, LoadDeed>[];
    const lifetimes = new Map<ActionDeed, string>();
    const lasts = (deed: Deed): boolean => {
      if (deed.kind !== 'undo' || !during.includes(deed.of) || hasLifetime(deed.of.action))
        return false;
      if (this.#waitedFor(deed, load) !== this.#waitedFor(deed.of, load)) return false;
      lifetimes.set(deed.of, inMs(deed.begunMs - (deed.of.endedMs ?? deed.of.begunMs)));
      return true;
    };
    const told = during.filter((deed) => !lasts(deed));
    const undos = new Map(
      told.map((deed) => [deed, deed.kind === 'undo' ? this.#nameOf(deed.of) : '']),
    );
    const { waits } = this.#deeds;
    const hasWaited = ({ begunMs }: Deed): boolean =>
      waits.some((atMs) => atMs >= load.begunMs && atMs <= begunMs);
    if (told.some(hasWaited)) this.#note(waitedNote);
    const steps: { condition: Condition; do: Action[] }[] = [];
    let previous: Deed | undefined;
    for (const deed of told) {
      const lifetime = deed.kind === 'action' ? lifetimes.get(deed) : undefined;
      const action: Action =
        deed.kind === 'undo'
          ? { undo: undos.get(deed)! }
          : { ...this.#named(deed), ...(lifetime === undefined ? {} : { for: lifetime }) };
      if (previous !== undefined && this.#isTogether(previous, deed, load)) {
        steps.at(-1)!.do.push(action);
      } else steps.push({ condition: this.#condition(deed, load), do: [action] });
      previous = deed;
    }
    return steps.map(({ condition, do: actions }) => ({ ...condition, do: actions }));
  }

  /** One right after the other: a call is not waited for beside a load. */
  #isTogether(a: Deed, b: Deed, load: LoadDeed): boolean {
    if (a.endedMs === null || (a.kind === 'action' && a.action.call !== undefined)) return false;
    const gapMs = b.begunMs - a.endedMs;
    return (
      gapMs >= 0 && gapMs < togetherMsMax && this.#waitedFor(a, load) === this.#waitedFor(b, load)
    );
  }

  #condition(deed: Deed, load: LoadDeed): Condition {
    const seen = this.#waitedFor(deed, load);
    if (seen === undefined) return { at: inMs(deed.begunMs - load.begunMs, 0) };
    const plusMs = deed.begunMs - seen.event.atMs;
    const plus = plusMs < 1 ? {} : { plus: inMs(plusMs) };
    return { after: this.#seen(seen, load.begunMs), ...plus };
  }

  /** What the test had waited for, since the load began, when it did this. */
  #waitedFor({ begunMs }: Deed, load: LoadDeed): Sighting | undefined {
    return this.#deeds.sightings.findLast(
      ({ event, atMs }) => event.atMs >= load.begunMs && atMs <= begunMs,
    );
  }

  /** Of whichever node: the how-manyeth such event since then it was. */
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

  #checks(load: LoadDeed): Check[] {
    return load.checks.flatMap((asked) => {
      const { said, check, hasFailed, isNot } = asked;
      // What was to be violated and was is no promise.
      if (isNot && !hasFailed) return [];
      if (check === null || !isSayable(asked)) {
        this.#note(`A plan cannot say all of the check "${said}": it is not judged.`);
        return [];
      }
      if (isNot) this.#note(`The test expected the check "${said}" to be violated.`);
      return [readCheck(check)];
    });
  }

  /** An undoing of what is over anyway, or of what no plan was told of. */
  #isIdle(deed: Deed): boolean {
    return deed.kind === 'undo' && (isOver(deed.of.action) || !this.#deeds.list.includes(deed.of));
  }

  #named(deed: ActionDeed): Action {
    const name = this.#names.get(deed);
    const { program } = deed.action;
    if (drawsAgain(deed.action)) this.#note(drawnNote(actionText(deed.action)));
    const sighted = this.#sightedAs(deed);
    if (sighted !== undefined) this.#note(sightedNote(sighted));
    return {
      ...deed.action,
      ...(typeof program === 'string' ? { program: this.#tested.place(program) } : {}),
      ...(name === undefined ? {} : { as: name }),
    };
  }

  /** What the program of a node decided, seen by the test before it named that node. */
  #sightedAs({ action, begunMs }: ActionDeed): ClusterEvent | undefined {
    const named = String(action[verbOf(action)]).split(/[^\w.-]+/);
    return this.#deeds.sightings.findLast(
      ({ event: { kind, node }, atMs }) =>
        atMs <= begunMs &&
        (kind === 'node.role' || kind === 'program.event') &&
        node !== null &&
        named.includes(node),
    )?.event;
  }

  /** Undone later, it needs a name where it stands. */
  #nameOf(deed: ActionDeed): string {
    const known = this.#names.get(deed);
    if (known !== undefined) return known;
    const name = `fault-${this.#names.size + 1}`;
    this.#names.set(deed, name);
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

/** Whatever it has done, nothing is there to be taken back. */
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
