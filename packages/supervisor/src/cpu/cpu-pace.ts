/**
 * How long a process that is to have a share of a CPU may run, and how long it is then stopped. Pure.
 *
 * A duty cycle alone gives more than it says: a process that is told to stop runs on until the kernel
 * gets to it, which is a millisecond of a slice of four. It also gives too much to a program with busy
 * threads, and too little where others want the CPU. So what the process used is measured, and two
 * things follow from it:
 *
 *   gain    CPU time that it gets for a millisecond in which it may run, while it is busy
 *   credit  CPU time that it is still owed; negative: that it has had too much of
 *
 * A slice is as short as signals allow and the pause behind it as long as makes both come out even.
 * Credit is for the busy: a node that idles is owed nothing, and is stopped as much as a busy one. It
 * is slow whatever it does, and not only once it has used up a quota.
 */

/** Short, so that a slow node is slow; a pause is what one would see of anything that lasts. */
const periodMs = 40;
/** Timers count milliseconds, and a signal takes one. */
const sliceMsMin = 2;
const pauseMsMax = 1000;
/** How much of the time in which it may run a process has to want the CPU to be called busy. */
const busyFrom = 0.8;
/** The gain is learnt from about so much running. */
const learningMs = 40;
const gainMin = 0.05;
const gainMax = 64;
/** What it is owed is kept for so long, and what it has had too much of for so long. */
const owedMs = 5 * periodMs;
const debtMs = 25 * periodMs;

export interface Slice {
  readonly runMs: number;
  readonly stopMs: number;
}

export interface Used {
  /** True time. */
  readonly passedMs: number;
  /** The part of it in which the process might run. */
  readonly allowedMs: number;
  /** CPU time of all its threads. */
  readonly usedMs: number;
  /** Time in which threads of it could have run and others did; null: not known. */
  readonly waitedMs: number | null;
}

export class CpuPace {
  /** Of one CPU, above 0 and below 1. */
  readonly share: number;
  #gain = 1;
  /** As it was when it was last measured. */
  #creditMs = 0;
  /** As it ought to be by now: several slices may pass before the next measurement. */
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

  /** Takes in what the process did with the latest slices. */
  learn({ passedMs, allowedMs, usedMs, waitedMs }: Used): void {
    if (allowedMs <= 0) return;
    const credit = this.#creditMs + this.share * passedMs - usedMs;
    const isBusy = usedMs + (waitedMs ?? 0) >= busyFrom * allowedMs;
    const creditMax = isBusy ? this.share * owedMs : 0;
    this.#creditMs = Math.min(creditMax, Math.max(-this.share * debtMs, credit));
    this.#expectedMs = this.#creditMs;
    if (!isBusy) return;
    const gain =
      this.#gain + (usedMs / allowedMs - this.#gain) * Math.min(1, allowedMs / learningMs);
    this.#gain = Math.min(gainMax, Math.max(gainMin, gain));
  }
}
