/**
 * Plays a plan on a stage: first what comes before the load, one thing after another, then the steps,
 * each at its time or when what it waits for has been seen. It knows nothing of load, and judges nothing.
 *
 * Actions of a step are done one after another, and a call is answered before the next one.
 *
 * What happens is told as events, so that a recording has it: a step begins, each of its actions is
 * done or fails, is taken back, and the step ends. An action that fails keeps no other from being done.
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
import type { Stage } from './stage.ts';

export interface PlayerParts {
  readonly plan: Plan;
  readonly stage: Stage;
  readonly note: Note;
  /** What happened in the cluster before there was a player. */
  readonly past?: readonly ClusterEvent[];
}

/** Where an action stands: in which step and turn, or before the load. */
type Place = { readonly step: number | 'before'; readonly turn: number; readonly action: number };

/** What has been done and can be taken back: by its name, or when its time is over. */
interface Deed {
  readonly which: Place;
  readonly does: string;
  readonly verb: VerbName;
  readonly undo: Undo;
  timer?: NodeJS.Timeout;
}

/** Where in the past the next wait of a step begins to look: behind what the one before has seen. */
interface Watch {
  from: number;
}

export class Player {
  readonly #parts: PlayerParts;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #working = new Set<Promise<void>>();
  /** By step: how often what it waits for has been seen. */
  readonly #seen = new Map<number, number>();
  /** What actions of a name have done and nothing has taken back. */
  readonly #named = new Map<string, Set<Deed>>();
  /** Everything that has happened in the cluster. */
  readonly #past: ClusterEvent[];
  /** Told of each event; and with null that nothing comes any more. */
  readonly #waiting = new Set<(event: ClusterEvent | null) => void>();
  #timedLeft = 0;
  /** The load runs, and steps may begin. */
  #isPlaying = false;
  #isStopped = false;
  #onTimedDone: () => void = () => {};
  #onOver: () => void = () => {};
  /** Resolves when the last step that has a time has begun and ended. */
  readonly timedDone = new Promise<void>((resolve) => {
    this.#onTimedDone = resolve;
  });
  /** Resolves when that is so, and no action is under way any more or lasts: each `for` has come to its end. */
  readonly over = new Promise<void>((resolve) => {
    this.#onOver = resolve;
  });

  constructor(parts: PlayerParts) {
    this.#parts = parts;
    this.#past = [...(parts.past ?? [])];
  }

  /** What comes before the load, one thing after another; a call is answered before the next. */
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

  /** Told of everything that happens in the cluster. */
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
      // Not within the event: whoever tells of it goes on first.
      this.#later(plusMs, () => this.#fire(index, 0));
    }
  }

  /** Nothing begins any more; resolves when what has begun is done. What was to be taken back later is not. */
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

  /** Does it; a call is answered, too. What cannot be done is noted. */
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
    const named = typeof name === 'string' ? this.#deedsOf(name) : null;
    const undo = verbs[verb].undo?.(action, done);
    if (undo === undefined || undo === null) {
      // It ends without anybody.
      if (timeMs !== null) this.#later(timeMs, async () => {});
      return;
    }
    const deed: Deed = { which, does, verb, undo };
    named?.add(deed);
    if (timeMs === null) return;
    deed.timer = this.#later(timeMs, async () => {
      named?.delete(deed);
      try {
        await this.#takeBack(deed);
      } catch (thrown) {
        note('step.failed', {
          ...which,
          does: `take back: ${does}`,
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
        await this.#takeBackAll(String(action.undo), () => true);
        return nothing;
      case 'unlink':
        await this.#takeBackAll(String(action.unlink), ({ verb }) => verb === 'link');
        return nothing;
      default:
        return this.#parts.stage.perform(action);
    }
  }

  #deedsOf(name: string): Set<Deed> {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const deeds = new Set<Deed>();
    this.#named.set(name, deeds);
    return deeds;
  }

  /** None of them ends a second time when its time is over: what is done by then is another's. Throws NOT_FOUND. */
  async #takeBackAll(name: string, isMeant: (deed: Deed) => boolean): Promise<void> {
    const deeds = this.#named.get(name);
    const meant = [...(deeds ?? [])].filter(isMeant);
    if (meant.length === 0) {
      const reason =
        deeds === undefined
          ? `nothing has been done as ${name}`
          : `nothing is left of what was done as ${name}`;
      throw new FaultlineError('NOT_FOUND', reason, { name });
    }
    for (const deed of meant) {
      deeds!.delete(deed);
      if (deed.timer === undefined) continue;
      clearTimeout(deed.timer);
      this.#timers.delete(deed.timer);
    }
    const failures: unknown[] = [];
    for (const deed of meant) {
      await this.#takeBack(deed).catch((thrown) => void failures.push(thrown));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #takeBack({ which, does, undo }: Deed): Promise<void> {
    // What another action has ended is done once.
    if (await this.#parts.stage.undo(undo)) this.#parts.note('step.undone', { ...which, does });
  }

  /** Until it has been seen, or so long. Without a watch everything that was seen counts. Throws WAIT_TIMED_OUT. */
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
