/** Faults of the clocks of nodes. Undoing one change keeps the effect of the others. */
import type { OptionsOf } from '@faultline/actions';
import type { Fault } from './fault.ts';

type ClockChange = OptionsOf<'clock'>;

export class TestClock {
  readonly #change: (change: ClockChange) => Promise<Fault>;

  constructor(change: (change: ClockChange) => Promise<Fault>) {
    this.#change = change;
  }

  /** Moves the wall clock by this amount at once: `+5s`, `-1h`. */
  jump(by: string): Promise<Fault> {
    return this.#change({ jump: by });
  }

  /** Makes both clocks run fast or slow from now on: `200ppm`, `-50ppm`. */
  drift(rate: string): Promise<Fault> {
    return this.#change({ drift: rate });
  }

  /** Stops the wall clock. Timers keep running. */
  freeze(): Promise<Fault> {
    return this.#change({ freeze: true });
  }

  /** Moves the wall clock by `delta`, forward and back in turn, once every `period`. */
  strobe(delta: string, period: string): Promise<Fault> {
    return this.#change({ strobe: { delta, period } });
  }

  /** Sets the wall clock to true time plus this. The node knows how wrong its clock is. */
  setError(error: string): Promise<Fault> {
    return this.#change({ setError: error });
  }

  /** Sets how the clock changes over time: `ntp 5ms`, `drifting 100ppm`. */
  weather(weather: string): Promise<Fault> {
    return this.#change({ weather });
  }

  /** Makes any change that the control API accepts. */
  change(change: ClockChange): Promise<Fault> {
    return this.#change(change);
  }

  /** Makes the clock perfect again. */
  async reset(): Promise<void> {
    await this.#change({ reset: true });
  }
}
