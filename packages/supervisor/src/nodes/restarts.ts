/** Restarts a crashed node after a delay, if the cluster's policy requires it. */
import { trueNowMs } from '@faultline/recording';
import { BackOff, type PlannedRestart, type RestartPolicy } from './back-off.ts';

export class Restarts {
  readonly #backOff: BackOff;
  readonly #start: () => void;
  #next: { readonly count: number; readonly atMs: number; readonly timer: NodeJS.Timeout } | null =
    null;

  constructor(policy: RestartPolicy, start: () => void) {
    this.#backOff = new BackOff(policy);
    this.#start = start;
  }

  cancel(): void {
    clearTimeout(this.#next?.timer);
    this.#next = null;
  }

  /** The node was started on request: crashes count from zero planned. */
  reset(): void {
    this.cancel();
    this.#backOff.reset();
  }

  /** The process crashed after `readyMs` in the ready state. Null: no restart is planned. */
  crashed(exitCode: number | null, readyMs: number): PlannedRestart | null {
    const planned = this.#backOff.ended(exitCode, readyMs);
    if (planned === null) return null;
    const timer = setTimeout(() => {
      this.#next = null;
      this.#start();
    }, planned.waitMs).unref();
    this.#next = { count: planned.count, atMs: trueNowMs() + planned.waitMs, timer };
    return planned;
  }

  status(): { readonly count: number; readonly inMs: number } | null {
    if (this.#next === null) return null;
    const { count, atMs } = this.#next;
    return { count, inMs: Math.max(0, Math.round(atMs - trueNowMs())) };
  }
}
