/**
 * What a test has done to its cluster, in its order and with its times, so that it can be played again
 * once the test is over. `test-plan.ts` makes a plan of it.
 *
 *   deed     an action, its undoing, a load, or something that no plan can say
 *   asked    a check that the test has asked for of a load's history
 *   sighting an event that the test has waited for
 *
 * Times are milliseconds since the cluster began, as those of its events. What a condition asks nodes is
 * done, too, as often as it was asked.
 */
import type { ClusterEvent } from '@faultline/actions';
import type { Action, Check, PlannedLoad } from '@faultline/plans';
import { asFaultlineError } from '@faultline/protocol';
import { withDrawn } from './drawn.ts';

export interface ActionDeed {
  readonly kind: 'action';
  action: Action;
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
  /** Of the history as the load gave it; else of a part of it, or of a changed one. */
  readonly isOfLoad: boolean;
}

export interface Sighting {
  readonly event: ClusterEvent;
  /** When the test went on. */
  readonly atMs: number;
}

/** What was done until some moment. */
export interface Deedlist {
  /** In the order in which they began. */
  readonly list: readonly Deed[];
  readonly sightings: readonly Sighting[];
  /** When the test went on that had waited for a condition that nothing told of. */
  readonly waits: readonly number[];
}

/** How a call fails that was sent, or was to be. */
const asked: ReadonlySet<string> = new Set(['CALL_UNKNOWN', 'CALL_REFUSED', 'ROUTER_DOWN']);

export class Deeds implements Deedlist {
  readonly list: Deed[] = [];
  readonly sightings: Sighting[] = [];
  readonly waits: number[] = [];
  readonly nowMs: () => number;

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

  /** `act` resolves with whether anything was left to take back. What another action had ended is not undone. */
  async undoes(of: ActionDeed, act: () => Promise<boolean>): Promise<void> {
    const deed: UndoDeed = { kind: 'undo', of, begunMs: this.nowMs(), endedMs: null };
    if (!(await this.#during(deed, act))) this.#forget(deed);
  }

  /** Also where no answer comes: it was asked. What nobody was asked was not done. */
  async calls<T extends { readonly node: string }>(
    action: Action,
    act: () => Promise<T>,
  ): Promise<T> {
    const deed: ActionDeed = { kind: 'action', action, begunMs: this.nowMs(), endedMs: null };
    try {
      const answer = await this.#during(deed, act);
      deed.action = withDrawn(action, { nodes: [answer.node] });
      return answer;
    } catch (thrown) {
      const { code, facts } = asFaultlineError(thrown);
      if (!asked.has(code)) this.#forget(deed);
      else if (typeof facts.node === 'string') {
        deed.action = withDrawn(action, { nodes: [facts.node] });
      }
      throw thrown;
    }
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

  waited(): void {
    this.waits.push(this.nowMs());
  }

  /** Whatever is done from now on is not in it. */
  soFar(): Deedlist {
    const { list, sightings, waits } = this;
    return { list: [...list], sightings: [...sightings], waits: [...waits] };
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
