/** What may be done to the clocks of nodes. Undoing one change leaves what the others have done. */
import type { OptionsOf } from '@faultline/actions';
import type { Fault } from './fault.ts';

type ClockChange = OptionsOf<'clock'>;

export class TestClock {
  readonly #change: (change: ClockChange) => Promise<Fault>;

  constructor(change: (change: ClockChange) => Promise<Fault>) {
    this.#change = change;
  }

  /** The wall clock moves by this much at once: `+5s`, `-1h`. */
  jump(by: string): Promise<Fault> {
    return this.#change({ jump: by });
  }

  /** Both clocks run fast or slow from now on: `200ppm`, `-50ppm`. */
  drift(rate: string): Promise<Fault> {
    return this.#change({ drift: rate });
  }

  /** The wall clock stops; timers go on. */
  freeze(): Promise<Fault> {
    return this.#change({ freeze: true });
  }

  /** The wall clock flips by `delta`, forth and back, once each `period`. */
  strobe(delta: string, period: string): Promise<Fault> {
    return this.#change({ strobe: { delta, period } });
  }

  /** The wall clock is set to true time plus this, and the node knows how wrong it is. */
  setError(error: string): Promise<Fault> {
    return this.#change({ setError: error });
  }

  /** What goes on with it by itself: `ntp 5ms`, `drifting 100ppm`. */
  weather(weather: string): Promise<Fault> {
    return this.#change({ weather });
  }

  /** Any change that the control API takes. */
  change(change: ClockChange): Promise<Fault> {
    return this.#change(change);
  }

  /** A perfect clock again. */
  async reset(): Promise<void> {
    await this.#change({ reset: true });
  }
}
