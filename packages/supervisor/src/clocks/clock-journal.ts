/**
 * What was done to one clock, so that one change can be taken back alone: the clock is then what it would be
 * if the others had been made without it. Pure.
 */
import type { ClockState } from '@faultline/clocks';

export interface ClockStep {
  /** The change that it belongs to: a weather and a repeated synchronization make many steps. */
  readonly change: number;
  /** The option of `clock` that asked for it, with its value. */
  readonly option: string;
  readonly value: unknown;
  /** Of a synchronization: how often it is repeated from then on; left out: as before. */
  readonly everyMs?: number | 'off' | undefined;
  /** The first step of its change by this option. */
  readonly begins: boolean;
  readonly atMs: number;
  readonly apply: (state: ClockState, atMs: number) => ClockState;
}

/** Beyond it the oldest corrections go first; then the oldest changes stay for good. */
const stepsMax = 1000;

export class ClockJournal {
  #base: ClockState;
  #steps: ClockStep[] = [];

  constructor(base: ClockState) {
    this.#base = base;
  }

  /** Returns the step that can be taken back no more. */
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
   * Removes the latest change by this option; with a value other than true, the latest that asked for that
   * value. Returns it, or undefined if there is none.
   */
  remove(option: string, value: unknown): ClockStep | undefined {
    const asked = JSON.stringify(value);
    const removed = this.#steps.findLast(
      (step) =>
        step.begins &&
        step.option === option &&
        (value === true || JSON.stringify(step.value) === asked),
    );
    if (removed === undefined) return undefined;
    this.#steps = this.#steps.filter(
      (step) => step.change !== removed.change || step.option !== option,
    );
    return removed;
  }

  /** The latest change by this option that fits. */
  latest(option: string, fits: (step: ClockStep) => boolean = () => true): ClockStep | undefined {
    return this.#steps.findLast((step) => step.begins && step.option === option && fits(step));
  }

  /** The moment of the last step, which may lie in the future. */
  get lastMs(): number {
    return this.#steps.at(-1)?.atMs ?? this.#base.sinceTrueMs;
  }

  /** The clock as the steps that are left have made it. A weather's steps end as another begins. */
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

/** A step that needed one that is gone, such as a drift that it made up for, changes nothing. */
function after(state: ClockState, { apply, atMs }: ClockStep): ClockState {
  try {
    return apply(state, atMs);
  } catch (error) {
    if (error instanceof RangeError) return state;
    throw error;
  }
}
