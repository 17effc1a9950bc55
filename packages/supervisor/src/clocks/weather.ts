/**
 * Makes the weather of clocks happen: asks each node's forecast for the next change, and has it made a
 * moment before it is due, so that the node has its new state when that begins. A node that is too
 * busy to take it in by then goes on reading the old one, and says so.
 */
import { type ClockState, forecast, type WeatherChange } from '@faultline/clocks';
import { deriveKey, uniform } from '@faultline/faults';
import { formatWeather, parseWeather, type WeatherSpec } from '@faultline/protocol';

/** A weather that has been read, and not begun. */
export interface ReadWeather {
  readonly spec: WeatherSpec;
  readonly text: string;
}

interface Running {
  readonly text: string;
  readonly beganMs: number;
  readonly changes: Iterator<WeatherChange>;
  timer?: NodeJS.Timeout;
}

export interface WeatherOptions {
  readonly seed: string;
  readonly trueNow: () => number;
  /** A change is due at this moment of true time. */
  readonly onDue: (node: string, change: WeatherChange['apply'], atTrueMs: number) => void;
}

/** Longer than a message takes from here to a node that is not busy. */
const leadMs = 200;
const timerMsMax = 0x7fffffff;

/** Throws BAD_REQUEST, BAD_DURATION, BAD_PERCENT. */
export const readWeather = (text: string): ReadWeather => inWords(parseWeather(text));

export const inWords = (spec: WeatherSpec): ReadWeather => ({ spec, text: formatWeather(spec) });

export class Weather {
  readonly #options: WeatherOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: WeatherOptions) {
    this.#options = options;
  }

  /** In words; null where the clock is left to itself. */
  textOf(node: string): string | null {
    return this.#running.get(node)?.text ?? null;
  }

  /** In the place of the weather before. Returns the clock's state from that moment on. */
  begin(node: string, weather: ReadWeather, clock: ClockState, atTrueMs: number): ClockState {
    this.end(node);
    const { spec, text } = weather;
    const key = deriveKey(this.#options.seed, 'weather', text, node);
    const changes = forecast(spec, (change, which) => uniform(key, change, which));
    const first = changes.next().value!;
    if (spec.kind !== 'perfect') {
      const running = { text, beganMs: atTrueMs, changes };
      this.#running.set(node, running);
      this.#await(node, running);
    }
    return first.apply(clock, atTrueMs);
  }

  end(node: string): void {
    clearTimeout(this.#running.get(node)?.timer);
    this.#running.delete(node);
  }

  close(): void {
    for (const node of [...this.#running.keys()]) this.end(node);
  }

  #await(node: string, running: Running): void {
    const next = running.changes.next();
    if (next.done) return;
    const { afterMs, apply } = next.value;
    const dueMs = running.beganMs + afterMs;
    const { trueNow, onDue } = this.#options;
    const wait = (): void => {
      const leftMs = dueMs - leadMs - trueNow();
      if (leftMs > 0) {
        running.timer = setTimeout(wait, Math.min(Math.ceil(leftMs), timerMsMax));
        return;
      }
      onDue(node, apply, dueMs);
      this.#await(node, running);
    };
    // Not at once: who begins a weather puts its first state in place before the second is asked for.
    running.timer = setTimeout(wait, 0);
  }
}
