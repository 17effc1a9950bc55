/**
 * The history of changes of one clock, so that a single change can be reverted: the clock then has the
 * state that the other changes alone would have produced. Pure.
 */
import type { ClockState } from '@faultline/clocks';

export interface ClockStep {
  /** The change that it belongs to: a weather or a repeated synchronization has many steps. */
  readonly change: number;
  /** The option of `clock` that requested it, with its value. */
  readonly option: string;
  readonly value: unknown;
  /** For a synchronization: how often it is repeated from then on; if omitted: as before. */
  readonly everyMs?: number | 'off' | undefined;
  /** Whether this is the first step of its change by this option. */
  readonly begins: boolean;
  readonly atMs: number;
  readonly apply: (state: ClockState, atMs: number) => ClockState;
}

/** Beyond this, the oldest corrections are dropped first; then the oldest changes become permanent. */
const stepsMax = 1000;

export class ClockJournal {
  #base: ClockState;
  #steps: ClockStep[] = [];

  constructor(base: ClockState) {
    this.#base = base;
  }

  /** Returns the step that can no longer be reverted. */
  add(step: ClockStep): ClockStep | undefined {
    const before = this.#steps.findLastIndex(({ atMs }) => atMs <= step.atMs);
    this.#steps.splice(before + 1, 0, step);
    if (this.#steps.length <= stepsMax) return undefined;
    const correction = this.#steps.findIndex(({ begins }) => !begins);
    if (correction >= 0) {
      this.#steps.splice(correction, 1);
      return undefined;
    }
    const [oldest] = this.#steps.splice(0, 1);
    this.#base = after(this.#base, oldest!);
    return oldest;
  }

  /**
   * Removes the latest change by this option; with a value other than true, the latest with that value.
   * Returns it, or undefined if there is none.
   */
  remove(option: string, value: unknown): ClockStep | undefined {
    const text = JSON.stringify(value);
    const removed = this.#steps.findLast(
      (step) =>
        step.begins &&
        step.option === option &&
        (value === true || JSON.stringify(step.value) === text),
    );
    if (removed === undefined) return undefined;
    this.#steps = this.#steps.filter(
      (step) => step.change !== removed.change || step.option !== option,
    );
    return removed;
  }

  /** The latest change by this option for which `fits` returns true. */
  latest(option: string, fits: (step: ClockStep) => boolean = () => true): ClockStep | undefined {
    return this.#steps.findLast((step) => step.begins && step.option === option && fits(step));
  }

  /** The time of the last step, which may be in the future. */
  get lastMs(): number {
    return this.#steps.at(-1)?.atMs ?? this.#base.sinceTrueMs;
  }

  /** The clock after the remaining steps. The steps of a weather end when another weather begins. */
  state(): ClockState {
    let weather: number | undefined;
    let state = this.#base;
    for (const step of this.#steps) {
      if (step.option === 'weather') {
        if (step.begins) weather = step.change;
        else if (step.change !== weather) continue;
      }
      state = after(state, step);
    }
    return state;
  }
}

/** A step that depends on a removed one, such as a correction of its drift, has no effect. */
function after(state: ClockState, { apply, atMs }: ClockStep): ClockState {
  try {
    return apply(state, atMs);
  } catch (error) {
    if (error instanceof RangeError) return state;
    throw error;
  }
}
