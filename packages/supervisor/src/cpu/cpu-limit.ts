/**
 * How much of a CPU one node has. It belongs to the machine that the node stands for, as its clock
 * does: a process that is started later has no more, until the limit is taken away or its time is over.
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

/** Longer than a timer can wait is as good as for ever. */
const timerMsMax = 0x7fffffff;

export class CpuLimit {
  readonly #limits: CpuLimits;
  readonly #record: RecordNodeEvent;
  #limit: Limit | undefined;
  /** The one that runs now. */
  #group: number | undefined;

  constructor(limits: CpuLimits, record: RecordNodeEvent) {
    this.#limits = limits;
    this.#record = record;
  }

  get share(): number | null {
    return this.#limit?.share ?? null;
  }

  /** `forMs` null: until it is taken away. Takes the place of an earlier limit. */
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

  /** False where there was no limit. Resolves when the process runs freely. */
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

  /** A process runs, or goes on: from now on it has as much as the node has. */
  attach(group: number): void {
    this.#group = group;
    // Without its thread, a node is faster than asked, which its status shows; nothing is broken.
    if (this.#limit !== undefined) this.#limits.limit(group, this.#limit.share).catch(() => {});
  }

  /** Somebody else decides whether the process runs. Resolves when no signal comes from here any more. */
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
