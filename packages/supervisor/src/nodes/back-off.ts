/**
 * Whether and when a crashed node restarts. The delay is 100 ms and doubles with each crash, up to
 * 10 s, until the node has been ready for that long. Pure.
 *
 * A node ended on request stays down until it is started on request, as with other process managers:
 * otherwise a user could not stop a managed node.
 */
export type RestartPolicy = 'no' | 'on-failure' | 'always';

const firstMs = 100;
const longestMs = 10_000;
/** After this time in the ready state, earlier crashes no longer count. */
const healthyMs = 10_000;

export interface PlannedRestart {
  /** The number of crashes in a row. */
  readonly count: number;
  readonly waitMs: number;
}

export class BackOff {
  readonly #policy: RestartPolicy;
  #count = 0;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** `readyMs`: how long the node had been ready. Null: it does not restart. */
  ended(exitCode: number | null, readyMs: number): PlannedRestart | null {
    if (this.#policy === 'no' || (this.#policy === 'on-failure' && exitCode === 0)) return null;
    this.#count = readyMs >= healthyMs ? 1 : this.#count + 1;
    return { count: this.#count, waitMs: Math.min(longestMs, firstMs * 2 ** (this.#count - 1)) };
  }

  /** A user started the node. */
  reset(): void {
    this.#count = 0;
  }
}
