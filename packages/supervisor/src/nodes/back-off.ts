/**
 * When a node that crashed is started again, and how long that waits: 100 ms, and twice as long after
 * each crash, up to 10 s, until the node has once been ready for that long. Pure.
 *
 * What was ended on request stays down until it is started on request, as with other keepers of
 * processes: otherwise nobody could take a node away from its keeper.
 */
export type RestartPolicy = 'no' | 'on-failure' | 'always';

const firstMs = 100;
const mostMs = 10_000;
/** Ready for so long, it counts as well again. */
const wellMs = 10_000;

export interface Again {
  /** How many crashes in a row this was. */
  readonly count: number;
  readonly waitMs: number;
}

export class BackOff {
  readonly #policy: RestartPolicy;
  #count = 0;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** `readyMs`: for how long it had been ready. Null: it is not started again. */
  ended(exitCode: number | null, readyMs: number): Again | null {
    if (this.#policy === 'no' || (this.#policy === 'on-failure' && exitCode === 0)) return null;
    this.#count = readyMs >= wellMs ? 1 : this.#count + 1;
    return { count: this.#count, waitMs: Math.min(mostMs, firstMs * 2 ** (this.#count - 1)) };
  }

  /** Somebody has started it by hand. */
  reset(): void {
    this.#count = 0;
  }
}
