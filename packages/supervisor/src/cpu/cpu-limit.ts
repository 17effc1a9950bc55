/**
 * The CPU limit of one node. It belongs to the machine that the node represents, as its clock does: it
 * also applies to later processes, until it is removed or its time is over.
 */

import type { RecordNodeEvent } from '@faultline/actions';
import { formatPercent, type NodeFault, roundedDuration } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';

import type { CpuGiven, CpuLimits } from './cpu-limits.ts';

export type LimitEnd = 'on request' | 'its time is over';

interface Limit {
  readonly share: number;
  readonly endsAtMs: number | null;
  readonly timer: NodeJS.Timeout | undefined;
}

/** The longest delay of a timer; longer durations count as unlimited. */
const timerMsMax = 0x7fffffff;

export class CpuLimit {
  readonly #limits: CpuLimits;
  readonly #record: RecordNodeEvent;
  #limit: Limit | undefined;
  /** The process group of the running process. */
  #group: number | undefined;

  constructor(limits: CpuLimits, record: RecordNodeEvent) {
    this.#limits = limits;
    this.#record = record;
  }

  get share(): number | null {
    return this.#limit?.share ?? null;
  }

  /** `forMs` null: until it is removed. Replaces an earlier limit. */
  async set(share: number, forMs: number | null): Promise<void> {
    clearTimeout(this.#limit?.timer);
    const timer =
      forMs === null
        ? undefined
        : setTimeout(() => void this.end('its time is over'), Math.min(forMs, timerMsMax)).unref();
    this.#limit = { share, endsAtMs: forMs === null ? null : trueNowMs() + forMs, timer };
    this.#record('cpu.limited', { share, ...(forMs === null ? {} : { forMs }) });
    if (this.#group !== undefined) await this.#limits.limit(this.#group, share);
  }

  /** Resolves when the process runs without a limit; to false if there was none. */
  async end(why: LimitEnd): Promise<boolean> {
    const limit = this.#limit;
    if (limit === undefined) return false;
    clearTimeout(limit.timer);
    this.#limit = undefined;
    const given = this.#given();
    this.#record('cpu.restored', {
      why,
      share: limit.share,
      ...(given === undefined ? {} : { given: shareOf(given), overMs: Math.round(given.passedMs) }),
    });
    if (this.#group !== undefined) await this.#limits.free(this.#group);
    return true;
  }

  /** Applies the node's limit to a process that was started or resumed. */
  attach(group: number): void {
    this.#group = group;
    // If the thread fails, the node is faster than requested, which its status shows.
    if (this.#limit !== undefined) this.#limits.limit(group, this.#limit.share).catch(() => {});
  }

  /** Stops controlling the process. Resolves when this will send it no more signals. */
  async detach(): Promise<void> {
    const group = this.#group;
    this.#group = undefined;
    if (group !== undefined) await this.#limits.free(group);
  }

  close(): void {
    clearTimeout(this.#limit?.timer);
  }

  status(): NodeFault | undefined {
    if (this.#limit === undefined) return undefined;
    const { share, endsAtMs } = this.#limit;
    const given = this.#given();
    const endsInMs = endsAtMs === null ? null : Math.max(0, Math.round(endsAtMs - trueNowMs()));
    const got = given === undefined ? '' : `, got ${formatPercent(shareOf(given))}`;
    return {
      kind: 'slow',
      explains: `slowed to ${formatPercent(share)} of a CPU${got}${endsInMs === null ? '' : `, for another ${roundedDuration(endsInMs)}`}`,
      endsInMs,
      facts: {
        share,
        given: given === undefined ? null : shareOf(given),
        overMs: given === undefined ? null : Math.round(given.passedMs),
      },
    };
  }

  #given(): CpuGiven | undefined {
    return this.#group === undefined ? undefined : this.#limits.given(this.#group);
  }
}

const shareOf = ({ usedMs, passedMs }: CpuGiven): number =>
  Math.round((usedMs / passedMs) * 1000) / 1000;
