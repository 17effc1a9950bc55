/** Starts a node again after it crashed, where the cluster's policy says so, once the wait is over. */
import { trueNowMs } from '@faultline/recording';
import { type Again, BackOff, type RestartPolicy } from './back-off.ts';

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

  /** The node was started on request: crashes count from zero again. */
  reset(): void {
    this.cancel();
    this.#backOff.reset();
  }

  /** The process crashed after it had been ready for `readyMs`. Returns what is planned; null: nothing. */
  crashed(exitCode: number | null, readyMs: number): Again | null {
    const again = this.#backOff.ended(exitCode, readyMs);
    if (again === null) return null;
    const timer = setTimeout(() => {
      this.#next = null;
      this.#start();
    }, again.waitMs).unref();
    this.#next = { count: again.count, atMs: trueNowMs() + again.waitMs, timer };
    return again;
  }

  status(): { readonly count: number; readonly inMs: number } | null {
    if (this.#next === null) return null;
    const { count, atMs } = this.#next;
    return { count, inMs: Math.max(0, Math.round(atMs - trueNowMs())) };
  }
}
