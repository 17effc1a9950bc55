/**
 * Plays the steps of a plan on a stage: each at its time, or when what it waits for has been seen. It
 * knows nothing of load, and judges nothing.
 *
 * What happens is told as events, so that a recording has it: a step begins, each of its actions is
 * done or fails, is taken back, and the step ends. An action that fails keeps no other from being done.
 */
import {
  type Action,
  actionText,
  conditionText,
  type Done,
  firingsOf,
  isSeen,
  type Plan,
  type Step,
  verbOf,
  verbs,
} from '@faultline/plans';
import { asFaultlineError, type ClusterEvent, parseDuration } from '@faultline/protocol';
import type { Stage } from './stage.ts';

type Note = (kind: string, facts: Record<string, unknown>) => void;

export interface PlayerParts {
  readonly plan: Plan;
  readonly stage: Stage;
  readonly note: Note;
}

export class Player {
  readonly #parts: PlayerParts;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #working = new Set<Promise<void>>();
  /** By step: how often what it waits for has been seen. */
  readonly #seen = new Map<number, number>();
  #timedLeft = 0;
  #isOver = true;
  #onTimedDone: () => void = () => {};
  /** Resolves when the last step that has a time has begun and ended. */
  readonly timedDone = new Promise<void>((resolve) => {
    this.#onTimedDone = resolve;
  });

  constructor(parts: PlayerParts) {
    this.#parts = parts;
  }

  /** True time begins now. */
  start(): void {
    this.#isOver = false;
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
  }

  /** Told of everything that happens in the cluster. */
  see(event: ClusterEvent): void {
    if (this.#isOver) return;
    for (const [index, step] of this.#parts.plan.steps.entries()) {
      if (!('after' in step) || !isSeen(step.after, event)) continue;
      const count = (this.#seen.get(index) ?? 0) + 1;
      this.#seen.set(index, count);
      if (count !== (step.after.count ?? 1)) continue;
      const plusMs = step.plus === undefined ? 0 : parseDuration(step.plus);
      // Not within the event: whoever tells of it goes on first.
      this.#later(plusMs, () => this.#fire(index, 0));
    }
  }

  /** Nothing begins any more; resolves when what has begun is done. What was to be taken back later is not. */
  async stop(): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  #later(afterMs: number, act: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#work(act());
    }, afterMs);
    this.#timers.add(timer);
  }

  #work(work: Promise<void>): void {
    this.#working.add(work);
    void work.finally(() => this.#working.delete(work));
  }

  async #fire(index: number, turn: number): Promise<void> {
    const { plan, note } = this.#parts;
    const step = plan.steps[index]!;
    const which = { step: index, turn };
    note('step.begun', { ...which, ...nameOf(step), when: conditionText(step) });
    const begunMs = performance.now();
    for (const [i, action] of step.do.entries()) await this.#do(action, { ...which, action: i });
    note('step.ended', { ...which, tookMs: Math.round(performance.now() - begunMs) });
  }

  async #do(action: Action, which: Record<string, unknown>): Promise<void> {
    const { stage, note } = this.#parts;
    const does = actionText(action);
    let done: Done;
    try {
      done = await stage.perform(action);
      note('step.did', { ...which, does, ...done });
    } catch (thrown) {
      const { code, message } = asFaultlineError(thrown);
      note('step.failed', { ...which, does, code, reason: message });
      return;
    }
    const { for: lifetime, restartAfter } = action;
    const time = lifetime ?? restartAfter;
    const undo = verbs[verbOf(action)].undo?.(action, done);
    if (typeof time !== 'string' || undo === undefined || undo === null) return;
    this.#later(parseDuration(time), async () => {
      try {
        await stage.undo(undo);
        note('step.undone', { ...which, does });
      } catch (thrown) {
        note('step.failed', {
          ...which,
          does: `take back: ${does}`,
          reason: asFaultlineError(thrown).message,
        });
      }
    });
  }
}

const nameOf = ({ name }: Step): object => (name === undefined ? {} : { name });
