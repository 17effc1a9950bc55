/**
 * Plays a plan on a target: first the actions before the load, one after another, then the steps, each at
 * its time or when its condition is met. It runs no load and judges nothing.
 *
 * The actions of a step run one after another, and a call ends before the next action begins.
 *
 * Everything is reported as events, for the recording: a step begins, its actions are done or fail, and are
 * undone, and the step ends. An action that fails does not prevent others.
 */

import type { ClusterEvent } from '@faultline/actions';
import {
  type Action,
  actionText,
  conditionText,
  type Done,
  drawTimeMs,
  firingsOf,
  isSeen,
  type Plan,
  type Seen,
  type Step,
  seenText,
  type Undo,
  type VerbName,
  verbOf,
  verbs,
  withinDefault,
} from '@faultline/plans/data';
import { asFaultlineError, FaultlineError, parseDuration } from '@faultline/protocol';
import type { Note } from '../note.ts';
import type { Target } from './target.ts';

export interface PlayerParts {
  readonly plan: Plan;
  readonly target: Target;
  readonly note: Note;
  /** Events of the cluster before the player started. */
  readonly past?: readonly ClusterEvent[];
}

/** The position of an action: its step and turn, or before the load. */
type Place = { readonly step: number | 'before'; readonly turn: number; readonly action: number };

/** A performed action that can be undone, by its name or when its time is over. */
interface PerformedAction {
  readonly which: Place;
  readonly does: string;
  readonly verb: VerbName;
  readonly undo: Undo;
  timer?: NodeJS.Timeout;
}

/** The position in past events where the next wait of a step begins: after the event that ended the previous wait. */
interface Watch {
  from: number;
}

export class Player {
  readonly #parts: PlayerParts;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #working = new Set<Promise<void>>();
  /** By step: how often its condition has been met. */
  readonly #seen = new Map<number, number>();
  /** Actions by name that have been performed and not undone. */
  readonly #byName = new Map<string, Set<PerformedAction>>();
  /** Everything that has happened in the cluster. */
  readonly #past: ClusterEvent[];
  /** Called with each event, and with null when there will be no more. */
  readonly #waiting = new Set<(event: ClusterEvent | null) => void>();
  #timedLeft = 0;
  /** Starts the steps: the load runs. */
  #isPlaying = false;
  #isStopped = false;
  #onTimedDone: () => void = () => {};
  #onOver: () => void = () => {};
  /** Resolves when the last timed step has ended. */
  readonly timedDone = new Promise<void>((resolve) => {
    this.#onTimedDone = resolve;
  });
  /** Resolves when, in addition, no action is in progress or in force: every `for` is over. */
  readonly over = new Promise<void>((resolve) => {
    this.#onOver = resolve;
  });

  constructor(parts: PlayerParts) {
    this.#parts = parts;
    this.#past = [...(parts.past ?? [])];
  }

  /** Performs the actions before the load, one after another; a call ends before the next one. */
  async prepare(): Promise<void> {
    for (const [index, action] of (this.#parts.plan.before ?? []).entries()) {
      if (this.#isStopped) return;
      await this.#do(action, { step: 'before', turn: 0, action: index }, null);
    }
  }

  /** True time begins now. */
  start(): void {
    this.#isPlaying = true;
    const firings = firingsOf(this.#parts.plan);
    this.#timedLeft = firings.length;
    if (firings.length === 0) this.#onTimedDone();
    for (const { step, turn, atMs } of firings) {
      this.#later(atMs, async () => {
        await this.#fire(step, turn);
        this.#timedLeft--;
        if (this.#timedLeft === 0) this.#onTimedDone();
      });
    }
    this.#endIfOver();
  }

  /** Called with every event of the cluster. */
  see(event: ClusterEvent): void {
    this.#past.push(event);
    for (const listener of this.#waiting) listener(event);
    if (!this.#isPlaying) return;
    for (const [index, step] of this.#parts.plan.steps.entries()) {
      if (!('after' in step) || !isSeen(step.after, event)) continue;
      const count = (this.#seen.get(index) ?? 0) + 1;
      this.#seen.set(index, count);
      if (count !== (step.after.count ?? 1)) continue;
      const plusMs =
        step.plus === undefined ? 0 : drawTimeMs(step.plus, this.#parts.plan.seed, index, 'plus');
      // Not within the event: its emitter finishes first.
      this.#later(plusMs, () => this.#fire(index, 0));
    }
  }

  /** Starts nothing more; resolves when everything in progress is done. Pending undos are dropped. */
  async stop(): Promise<void> {
    this.#isPlaying = false;
    this.#isStopped = true;
    for (const listener of this.#waiting) listener(null);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  #later(afterMs: number, act: () => Promise<void>): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#work(act());
    }, afterMs);
    this.#timers.add(timer);
    return timer;
  }

  #work(work: Promise<void>): void {
    this.#working.add(work);
    void work.finally(() => {
      this.#working.delete(work);
      this.#endIfOver();
    });
  }

  #endIfOver(): void {
    if (this.#isPlaying && this.#timers.size === 0 && this.#working.size === 0) this.#onOver();
  }

  async #fire(index: number, turn: number): Promise<void> {
    const { plan, note } = this.#parts;
    const step = plan.steps[index]!;
    const which = { step: index, turn };
    note('step.begun', { ...which, ...nameOf(step), when: conditionText(step) });
    const begunMs = performance.now();
    const watch: Watch = { from: this.#past.length };
    for (const [i, action] of step.do.entries()) {
      await this.#do(action, { ...which, action: i }, watch);
    }
    note('step.ended', { ...which, tookMs: Math.round(performance.now() - begunMs) });
  }

  /** Performs it, waiting for the end of a call. Records failures. */
  async #do(action: Action, which: Place, watch: Watch | null): Promise<void> {
    const { note } = this.#parts;
    const does = actionText(action);
    let done: Done;
    try {
      done = await this.#perform(action, watch);
      const answer = await done.answered;
      note('step.did', {
        ...which,
        does,
        nodes: done.nodes,
        rules: done.rules,
        ...(answer === undefined ? {} : { answer }),
      });
    } catch (thrown) {
      const { code, message } = asFaultlineError(thrown);
      note('step.failed', { ...which, does, code, reason: message });
      return;
    }
    const { for: lifetime, restartAfter, as: name } = action;
    const time = lifetime ?? restartAfter;
    const { step, turn, action: at } = which;
    const timeMs =
      typeof time === 'string'
        ? drawTimeMs(time, this.#parts.plan.seed, step, turn, at, 'for')
        : null;
    const verb = verbOf(action);
    const named = typeof name === 'string' ? this.#performedAs(name) : null;
    const undo = verbs[verb].undo?.(action, done);
    if (undo === undefined || undo === null) {
      // It ends automatically.
      if (timeMs !== null) this.#later(timeMs, async () => {});
      return;
    }
    const performed: PerformedAction = { which, does, verb, undo };
    named?.add(performed);
    if (timeMs === null) return;
    performed.timer = this.#later(timeMs, async () => {
      named?.delete(performed);
      try {
        await this.#undo(performed);
      } catch (thrown) {
        note('step.failed', {
          ...which,
          does: `undo: ${does}`,
          isUndo: true,
          reason: asFaultlineError(thrown).message,
        });
      }
    });
  }

  async #perform(action: Action, watch: Watch | null): Promise<Done> {
    switch (verbOf(action)) {
      case 'wait':
        await this.#wait(action.wait as string | Seen, watch, action.within as string | undefined);
        return nothing;
      case 'undo':
        await this.#undoAll(String(action.undo), () => true);
        return nothing;
      case 'unlink':
        await this.#undoAll(String(action.unlink), ({ verb }) => verb === 'link');
        return nothing;
      default:
        return this.#parts.target.perform(action);
    }
  }

  #performedAs(name: string): Set<PerformedAction> {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const performed = new Set<PerformedAction>();
    this.#byName.set(name, performed);
    return performed;
  }

  /** Undoes the actions of a name now, so their `for` does nothing later. Throws NOT_FOUND. */
  async #undoAll(name: string, isMeant: (action: PerformedAction) => boolean): Promise<void> {
    const performed = this.#byName.get(name);
    const meant = [...(performed ?? [])].filter(isMeant);
    if (meant.length === 0) {
      const reason =
        performed === undefined
          ? `no action called ${name} has been performed`
          : `nothing of ${name} is left to undo`;
      throw new FaultlineError('NOT_FOUND', reason, { name });
    }
    for (const action of meant) {
      performed!.delete(action);
      if (action.timer === undefined) continue;
      clearTimeout(action.timer);
      this.#timers.delete(action.timer);
    }
    const failures: unknown[] = [];
    for (const action of meant) {
      await this.#undo(action).catch((thrown) => void failures.push(thrown));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #undo({ which, does, undo }: PerformedAction): Promise<void> {
    // An action that another one has ended is not undone again.
    if (await this.#parts.target.undo(undo)) this.#parts.note('step.undone', { ...which, does });
  }

  /** Waits for a condition or a duration. Without a watch all past events count. Throws WAIT_TIMED_OUT. */
  #wait(what: string | Seen, watch: Watch | null, within = withinDefault): Promise<void> {
    const wanted = typeof what === 'string' ? null : what;
    let left = wanted?.count ?? 1;
    const fits = (event: ClusterEvent): boolean => {
      if (wanted === null || !isSeen(wanted, event) || --left > 0) return false;
      if (watch !== null) watch.from = this.#past.indexOf(event, watch.from) + 1;
      return true;
    };
    if (this.#past.slice(watch?.from ?? 0).some(fits)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(listener);
        resolve();
      };
      const listener = (event: ClusterEvent | null): void => {
        if (event === null || fits(event)) end();
      };
      const timer = setTimeout(
        () => {
          if (wanted !== null) reject(waitTimedOut(seenText(wanted), within));
          end();
        },
        parseDuration(typeof what === 'string' ? what : within),
      );
      this.#waiting.add(listener);
    });
  }
}

const nothing: Done = { nodes: [], rules: [] };

const nameOf = ({ name }: Step): { readonly name?: string } => (name === undefined ? {} : { name });

const waitTimedOut = (what: string, within: string): FaultlineError =>
  new FaultlineError('WAIT_TIMED_OUT', `timed out after ${within} waiting until ${what}`, {
    what,
    within,
  });
