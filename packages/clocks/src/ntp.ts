/**
 * What can be learnt of a clock's error by asking a time server over a network: RFC 5905, section 8.
 *
 *      server        T2 ──▶ T3                  T1, T4  by the asker's clock
 *                   ╱          ╲                T2, T3  by the server's
 *      asker      T1            T4
 *
 *   offset θ = ((T2 − T1) + (T3 − T4)) / 2      how far the asker is behind the server
 *   delay  δ = (T4 − T1) − (T3 − T2)            how long both ways took together
 *
 * θ is right where both ways take as long. Where they do not, it is wrong by half of the difference,
 * and the asker has no means of knowing: what it does know is that θ is wrong by δ/2 at most. So a
 * cluster whose replies are slow has clocks that agree on a wrong time, and whose bounds are honest.
 */
export interface Exchange {
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly t3Ms: number;
  readonly t4Ms: number;
}

export interface Measurement {
  /** To be added to the asker's clock. */
  readonly offsetMs: number;
  readonly delayMs: number;
  /** θ is within ± this of the truth, where the asker's clock ran evenly from T1 to T4. */
  readonly boundMs: number;
  readonly exchange: Exchange;
}

export function measure(exchange: Exchange): Measurement {
  const { t1Ms, t2Ms, t3Ms, t4Ms } = exchange;
  // A clock that was frozen or set back meanwhile shows less time than passed; none is below 0.
  const delayMs = Math.max(0, t4Ms - t1Ms - (t3Ms - t2Ms));
  return {
    offsetMs: (t2Ms - t1Ms + (t3Ms - t4Ms)) / 2,
    delayMs,
    boundMs: delayMs / 2,
    exchange,
  };
}

/**
 * The measurement of least delay, which is the one that waited least in queues and was most likely as
 * fast on both ways: the clock filter of section 10. Undefined for none.
 */
export function best(exchanges: readonly Exchange[]): Measurement | undefined {
  return exchanges
    .map(measure)
    .reduce<Measurement | undefined>(
      (least, each) => (least !== undefined && least.delayMs <= each.delayMs ? least : each),
      undefined,
    );
}
