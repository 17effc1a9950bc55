/**
 * What a test has done to its cluster, in its order and with its times, so that it can be played again
 * once the test is over. `test-plan.ts` makes a plan of it.
 *
 *   deed     an action, its undoing, a load, or something that no plan can say
 *   asked    a check that the test has asked for of a load's history
 *   sighting an event that the test has waited for
 *
 * Times are milliseconds since the cluster began, as those of its events. A call is no deed while a
 * condition is looked at: most likely it is the condition that asks, as often as it takes.
 */
import type { Action, Check, PlannedLoad } from '@faultline/plans';
import type { ClusterEvent } from '@faultline/protocol';

export interface ActionDeed {
  readonly kind: 'action';
  readonly action: Action;
  readonly begunMs: number;
  /** Null while it is under way. */
  endedMs: number | null;
}

interface UndoDeed {
  readonly kind: 'undo';
  readonly of: ActionDeed;
  readonly begunMs: number;
  endedMs: number | null;
}

export interface LoadDeed {
  readonly kind: 'load';
  readonly name: string;
  /** Null: of a workload that plans do not know by a name. */
  readonly asks: PlannedLoad | null;
  /** How long nodes have to agree; null: they were not brought together. */
  readonly convergeWithin: string | null;
  readonly begunMs: number;
  /** When nobody asked any more but for final reads. */
  askedMs: number | null;
  endedMs: number | null;
  readonly checks: Asked[];
}

export type Deed = ActionDeed | UndoDeed | LoadDeed;

export interface Asked {
  /** As the test says it. */
  readonly said: string;
  /** As a plan says it; null where it cannot. */
  readonly check: Check | null;
  readonly hasFailed: boolean;
  /** The test expected it to be violated. */
  readonly isNot: boolean;
}

export interface Sighting {
  readonly event: ClusterEvent;
  /** When the test went on. */
  readonly atMs: number;
}

export class Deeds {
  /** In the order in which they began. */
  readonly list: Deed[] = [];
  readonly sightings: Sighting[] = [];
  /** Whether the test has waited for a condition that nothing told of. */
  hasWaited = false;
  readonly nowMs: () => number;
  #conditions = 0;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** What fails was not done. */
  async does<T>(action: Action, act: () => Promise<T>): Promise<{ value: T; deed: ActionDeed }> {
    const deed: ActionDeed = { kind: 'action', action, begunMs: this.nowMs(), endedMs: null };
    try {
      return { value: await this.#during(deed, act), deed };
    } catch (error) {
      this.#forget(deed);
      throw error;
    }
  }

  undoes(of: ActionDeed, act: () => Promise<unknown>): Promise<unknown> {
    return this.#during({ kind: 'undo', of, begunMs: this.nowMs(), endedMs: null }, act);
  }

  /** Also where no answer comes: it was asked. */
  calls<T>(action: Action, act: () => Promise<T>): Promise<T> {
    if (this.#conditions > 0) return act();
    return this.#during({ kind: 'action', action, begunMs: this.nowMs(), endedMs: null }, act);
  }

  loads(parts: Pick<LoadDeed, 'name' | 'asks' | 'convergeWithin'>): LoadDeed {
    const times = { begunMs: this.nowMs(), askedMs: null, endedMs: null };
    const deed: LoadDeed = { kind: 'load', ...parts, ...times, checks: [] };
    this.list.push(deed);
    return deed;
  }

  saw(event: ClusterEvent): void {
    this.sightings.push({ event, atMs: this.nowMs() });
  }

  /** Calls meanwhile belong to the condition. */
  async within<T>(condition: () => T | Promise<T>): Promise<T> {
    this.#conditions++;
    try {
      return await condition();
    } finally {
      this.#conditions--;
    }
  }

  async #during<T>(deed: ActionDeed | UndoDeed, act: () => Promise<T>): Promise<T> {
    this.list.push(deed);
    try {
      return await act();
    } finally {
      deed.endedMs = this.nowMs();
    }
  }

  #forget(deed: Deed): void {
    const at = this.list.indexOf(deed);
    if (at >= 0) this.list.splice(at, 1);
  }
}
