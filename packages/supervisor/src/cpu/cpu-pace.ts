/**
 * Computes how long a process with a share of a CPU may run, and how long it is then stopped. Pure.
 *
 * A fixed duty cycle gives more than its nominal share: a stopped process keeps running until the kernel
 * handles the signal, which is a millisecond of a four-millisecond slice. It also gives too much to a
 * program with busy threads, and too little under competing load. So the used CPU time is measured, and
 * two values are derived from it:
 *
 *   gain    CPU time that the process gets per millisecond in which it may run, while it is busy
 *   credit  CPU time that it has yet to get; negative: CPU time that it got in excess
 *
 * A slice is as short as signals allow, and the pause after it is as long as the share requires. Only a
 * busy process earns credit: an idle one is stopped just as much. So it is slow at any time, and not
 * only after it has used up a quota.
 */

/** Short, so that a slow node appears slow; longer periods would appear as pauses. */
const periodMs = 40;
/** Timers have a resolution of a millisecond, and a signal takes about one. */
const sliceMsMin = 2;
const pauseMsMax = 1000;
/** A process is busy if it uses or waits for the CPU for this part of the time in which it may run. */
const busyFrom = 0.8;
/** The running time over which the gain is averaged. */
const learningMs = 40;
const gainMin = 0.05;
const gainMax = 64;
/** The periods for which credit and debt are kept. */
const creditKeptMs = 5 * periodMs;
const debtKeptMs = 25 * periodMs;

export interface Slice {
  readonly runMs: number;
  readonly stopMs: number;
}

export interface Used {
  /** True time. */
  readonly passedMs: number;
  /** The part in which the process was allowed to run. */
  readonly allowedMs: number;
  /** CPU time of all its threads. */
  readonly usedMs: number;
  /** Time in which its threads waited for a CPU; null: unknown. */
  readonly waitedMs: number | null;
}

export class CpuPace {
  /** The share of one CPU, above 0 and below 1. */
  readonly share: number;
  #gain = 1;
  /** The credit at the last measurement. */
  #creditMs = 0;
  /** The expected credit now: several slices may pass before the next measurement. */
  #expectedMs = 0;

  constructor(share: number) {
    this.share = share;
  }

  next(): Slice {
    const runMs = Math.max(sliceMsMin, (this.share * periodMs) / this.#gain);
    const wholeMs = (runMs * this.#gain - this.#expectedMs) / this.share;
    const stopMs = Math.min(pauseMsMax, Math.max(0, wholeMs - runMs));
    this.#expectedMs += this.share * (runMs + stopMs) - this.#gain * runMs;
    return { runMs, stopMs };
  }

  /** Updates gain and credit with the measured use of the latest slices. */
  learn({ passedMs, allowedMs, usedMs, waitedMs }: Used): void {
    if (allowedMs <= 0) return;
    const credit = this.#creditMs + this.share * passedMs - usedMs;
    const isBusy = usedMs + (waitedMs ?? 0) >= busyFrom * allowedMs;
    const creditMax = isBusy ? this.share * creditKeptMs : 0;
    this.#creditMs = Math.min(creditMax, Math.max(-this.share * debtKeptMs, credit));
    this.#expectedMs = this.#creditMs;
    if (!isBusy) return;
    const gain =
      this.#gain + (usedMs / allowedMs - this.#gain) * Math.min(1, allowedMs / learningMs);
    this.#gain = Math.min(gainMax, Math.max(gainMin, gain));
  }
}
