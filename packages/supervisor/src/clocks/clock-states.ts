/**
 * The states of one clock that still matter. Changes are made before they begin, so the latest state may
 * lie in the future, and what holds until then is one before it. Pure.
 */
import type { ClockState } from '@faultline/clocks';

export class ClockStates {
  /** In the order of their beginnings. */
  #states: readonly [ClockState, ...ClockState[]];

  constructor(first: ClockState) {
    this.#states = [first];
  }

  get latest(): ClockState {
    return this.#states.at(-1)!;
  }

  /** Adds the state after the latest. Those that are over at `trueMs` are forgotten. */
  add(state: ClockState, trueMs: number): void {
    this.#states = [...this.from(trueMs), state];
  }

  /** The state at `trueMs`, which no earlier call has passed, and those that begin after it. */
  from(trueMs: number): readonly [ClockState, ...ClockState[]] {
    const at = this.#states.findLastIndex(({ sinceTrueMs }) => sinceTrueMs <= trueMs);
    const [first, ...others] = this.#states.slice(Math.max(0, at));
    return [first!, ...others];
  }
}
