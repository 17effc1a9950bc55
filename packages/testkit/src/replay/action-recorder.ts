/**
 * Records what a test does to its cluster, in order and with times, so that it can be replayed when the
 * test has ended. `test-plan.ts` turns the record into a plan.
 *
 *   action   an action, its undo, or a load
 *   check    a check that the test ran on the history of a load
 *   sighting an event that the test waited for
 *
 * Times are milliseconds since the cluster started, like the times of its events. Each call that the
 * condition of an `until` makes is an action as well.
 */
import type { ClusterEvent } from '@faultline/actions';
import type { Action, Check, PlannedLoad } from '@faultline/plans';
import { asFaultlineError } from '@faultline/protocol';
import { withDrawn } from './drawn.ts';

export interface RecordedAction {
  readonly kind: 'action';
  action: Action;
  readonly begunMs: number;
  /** Null while it runs. */
  endedMs: number | null;
}

interface RecordedUndo {
  readonly kind: 'undo';
  readonly of: RecordedAction;
  readonly begunMs: number;
  endedMs: number | null;
}

export interface RecordedLoad {
  readonly kind: 'load';
  readonly name: string;
  /** The load as a plan states it; null: plans have no name for the workload. */
  readonly planned: PlannedLoad | null;
  /** How long nodes have to agree; null: the load did not heal the cluster and wait for agreement. */
  readonly convergeWithin: string | null;
  readonly begunMs: number;
  /** When the clients stopped, before the final reads. */
  clientsEndedMs: number | null;
  endedMs: number | null;
  readonly checks: RecordedCheck[];
}

export type Recorded = RecordedAction | RecordedUndo | RecordedLoad;

export interface RecordedCheck {
  /** Completes "expected the history to …". */
  readonly promise: string;
  /** The check as a plan states it; null if a plan cannot. */
  readonly check: Check | null;
  readonly hasFailed: boolean;
  /** The test expected a violation. */
  readonly isNot: boolean;
  /** The check ran on the whole history as the load returned it, not on a part or a modified copy. */
  readonly isOfLoad: boolean;
}

export interface Sighting {
  readonly event: ClusterEvent;
  /** When the test continued. */
  readonly atMs: number;
}

/** What was recorded up to some moment. */
export interface RecordedActions {
  /** In the order of their starts. */
  readonly list: readonly Recorded[];
  readonly sightings: readonly Sighting[];
  /** When the test continued after waiting for a condition that no event announced. */
  readonly waits: readonly number[];
}

/** Errors of calls that were sent, or may have been. */
const sent: ReadonlySet<string> = new Set(['CALL_UNKNOWN', 'CALL_REFUSED', 'ROUTER_DOWN']);

export class ActionRecorder implements RecordedActions {
  readonly list: Recorded[] = [];
  readonly sightings: Sighting[] = [];
  readonly waits: number[] = [];
  readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** Performs and records an action. An action that fails is not recorded. */
  async perform<T>(
    action: Action,
    act: () => Promise<T>,
  ): Promise<{ value: T; recorded: RecordedAction }> {
    const recorded = this.#newAction(action);
    try {
      return { value: await this.#during(recorded, act), recorded };
    } catch (error) {
      this.#forget(recorded);
      throw error;
    }
  }

  /** `act` resolves to whether there was anything left to undo. If not, the undo is not recorded. */
  async undo(of: RecordedAction, act: () => Promise<boolean>): Promise<void> {
    const recorded: RecordedUndo = { kind: 'undo', of, begunMs: this.nowMs(), endedMs: null };
    if (!(await this.#during(recorded, act))) this.#forget(recorded);
  }

  /** Records a call even if no reply comes. A call that was never sent is not recorded. */
  async call<T extends { readonly node: string }>(
    action: Action,
    act: () => Promise<T>,
  ): Promise<T> {
    const recorded = this.#newAction(action);
    try {
      const answer = await this.#during(recorded, act);
      recorded.action = withDrawn(action, { nodes: [answer.node] });
      return answer;
    } catch (thrown) {
      const { code, facts } = asFaultlineError(thrown);
      if (!sent.has(code)) this.#forget(recorded);
      else if (typeof facts.node === 'string') {
        recorded.action = withDrawn(action, { nodes: [facts.node] });
      }
      throw thrown;
    }
  }

  load(parts: Pick<RecordedLoad, 'name' | 'planned' | 'convergeWithin'>): RecordedLoad {
    const times = { begunMs: this.nowMs(), clientsEndedMs: null, endedMs: null };
    const recorded: RecordedLoad = { kind: 'load', ...parts, ...times, checks: [] };
    this.list.push(recorded);
    return recorded;
  }

  sawEvent(event: ClusterEvent): void {
    this.sightings.push({ event, atMs: this.nowMs() });
  }

  sawCondition(): void {
    this.waits.push(this.nowMs());
  }

  /** A copy that later actions do not change. */
  snapshot(): RecordedActions {
    const { list, sightings, waits } = this;
    return { list: [...list], sightings: [...sightings], waits: [...waits] };
  }

  #newAction(action: Action): RecordedAction {
    return { kind: 'action', action, begunMs: this.nowMs(), endedMs: null };
  }

  async #during<T>(recorded: RecordedAction | RecordedUndo, act: () => Promise<T>): Promise<T> {
    this.list.push(recorded);
    try {
      return await act();
    } finally {
      recorded.endedMs = this.nowMs();
    }
  }

  #forget(recorded: Recorded): void {
    const at = this.list.indexOf(recorded);
    if (at >= 0) this.list.splice(at, 1);
  }
}
