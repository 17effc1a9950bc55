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
 * What no plan can say is told in its notes, or is why there is none.
 */

import type { ClusterEvent } from '@faultline/actions';
import type { Action, Check, Condition, Plan, PlannedCluster, Seen, Step } from '@faultline/plans';
import { isSeen, readCheck, readPlan, verbOf, verbs } from '@faultline/plans/data';
import { asFaultlineError, formatDuration } from '@faultline/protocol';
import type { ActionDeed, Deed, Deedlist, LoadDeed, Sighting } from './deeds.ts';

export interface TestedCluster {
  readonly name: string;
  readonly seed: string;
  readonly cluster: PlannedCluster;
  /** Everything that happened in it. */
  readonly events: readonly ClusterEvent[];
  /** A program that a node was started with, as it can be found from anywhere. */
  readonly place: (program: string) => string;
}

export type TestPlan =
  | { readonly plan: Plan; readonly notes: readonly string[] }
  /** Why no plan can stand for the test. */
  | { readonly why: string };

/** Less than this between two deeds is what it takes to do them. */
const pauseMsMin = 20;
const togetherMsMax = 5;

export function testPlan(deeds: Deedlist, tested: TestedCluster): TestPlan {
  if (deeds.list.length === 0) return { why: 'the test did nothing to its cluster' };
  const loads = deeds.list.filter((deed) => deed.kind === 'load');
  const failed = loads.find(({ checks }) => checks.some(({ hasFailed }) => hasFailed));
  const last = loads.at(-1);
  const main = failed ?? (last !== undefined && wentOn(deeds.list, last) ? undefined : last);
  if (main !== undefined && main.asks === null) {
    return { why: `a plan knows workloads by their names, and ${main.name} is the test's own` };
  }
  const beside = main === undefined ? undefined : loads.find((each) => overlap(each, main));
  if (beside !== undefined) return { why: 'two loads ran at the same time' };
  try {
    return new Writer(deeds, tested, main).write();
  } catch (thrown) {
    return { why: asFaultlineError(thrown).message };
  }
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
const askedNote = 'What a condition of the test asked of nodes is not asked again.';

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
    if (this.#deeds.hasConditionAsked) this.#note(askedNote);
    const within = main?.convergeWithin;
    const data = {
      name: nameOf(name),
      notes: ['What a test did, written down as it ran.', ...this.#notes],
      seed,
      cluster,
      before,
      ...(main === undefined ? {} : { load: main.asks }),
      steps,
      ...(typeof within === 'string' ? { converge: { within } } : {}),
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
          return { load: deed.asks, ...(deed.convergeWithin === null ? {} : { converge: true }) };
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
    return load.checks.flatMap(({ said, check, hasFailed, isNot }) => {
      // What was to be violated and was is no promise.
      if (isNot && !hasFailed) return [];
      const read = check === null ? null : readable(check);
      if (read === null) this.#note(`No plan can say "${said}": it is not judged.`);
      else if (isNot) this.#note(`The test expected the check "${said}" to be violated.`);
      return read === null ? [] : [read];
    });
  }

  /** An undoing of what is over anyway, or of what no plan was told of. */
  #isIdle(deed: Deed): boolean {
    return deed.kind === 'undo' && (isOver(deed.of.action) || !this.#deeds.list.includes(deed.of));
  }

  #named(deed: ActionDeed): Action {
    const name = this.#names.get(deed);
    const { program } = deed.action;
    return {
      ...deed.action,
      ...(typeof program === 'string' ? { program: this.#tested.place(program) } : {}),
      ...(name === undefined ? {} : { as: name }),
    };
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

/** Nothing is there to be taken back. */
const isOver = (action: Action): boolean =>
  verbs[verbOf(action)].undo === undefined ||
  action.hang !== undefined ||
  (action.disk !== undefined && action.flip !== undefined);
const hasLifetime = (action: Action): boolean => action.for !== undefined;

const inMs = (ms: number, least = 1): string => formatDuration(Math.max(least, Math.round(ms)));

function readable(check: Check): Check | null {
  try {
    return readCheck(check);
  } catch {
    return null;
  }
}
