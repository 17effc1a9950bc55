import { isBelievableCount } from './count.ts';

/**
 * Lamport's logical clock.
 *
 * L. Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7),
 * 1978, section "Logical Clocks", rules IR1 and IR2.
 *
 * The clock condition: if event a happened before event b, then L(a) < L(b). The converse does
 * not hold: from L(a) < L(b) alone nothing follows; a vector clock says more. For
 * Lamport's total order compare values first and break ties by node id.
 *
 * Deviation: a stamp that no honest clock can have produced (see count.ts) is taken to say
 * nothing. The event of receiving it still counts.
 */
export class LamportClock {
  /** The stamp of the latest event here; 0 before the first. Only ever grows. */
  #value: number;

  /** @param value where to resume, for a node that kept its clock on disk */
  constructor(value = 0) {
    if (!isBelievableCount(value)) {
      throw new RangeError(`a Lamport clock must start at an integer from 0 to 2^52, got ${value}`);
    }
    this.#value = value;
  }

  get value(): number {
    return this.#value;
  }

  /** A local event, or a send: returns its stamp. */
  tick(): number {
    this.#value += 1;
    return this.#value;
  }

  /** The receipt of a message stamped `remote`: returns the receipt's own stamp. */
  observe(remote: number): number {
    if (remote > this.#value && isBelievableCount(remote)) this.#value = remote;
    return this.tick();
  }
}
