/**
 * The current and future states of one clock. Changes are made before they begin, so the latest state may
 * be in the future; until then, an earlier state is in force. Pure.
 */
import type { ClockState } from '@faultline/clocks';

export class ClockStates {
  /** In the order in which they begin. */
  #states: readonly [ClockState, ...ClockState[]];

  constructor(first: ClockState) {
    this.#states = [first];
  }

  get latest(): ClockState {
    return this.#states.at(-1)!;
  }

  /** Adds a state after the latest. Removes states that are over at `trueMs`. */
  add(state: ClockState, trueMs: number): void {
    this.#states = [...this.from(trueMs), state];
  }

  /** The state at `trueMs`, followed by those that begin later. `trueMs` must not go back between calls. */
  from(trueMs: number): readonly [ClockState, ...ClockState[]] {
    const at = this.#states.findLastIndex(({ sinceTrueMs }) => sinceTrueMs <= trueMs);
    const [first, ...others] = this.#states.slice(Math.max(0, at));
    return [first!, ...others];
  }
}
