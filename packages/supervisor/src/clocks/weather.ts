/**
 * Runs the weather of clocks: takes the next change from each node's forecast and makes it shortly before
 * it is due, so that the node has its new state when that begins. A node that is too busy to receive it
 * in time keeps reading the old state, and reports that.
 */
import { forecast, type WeatherChange } from '@faultline/clocks';
import { deriveKey, uniform } from '@faultline/faults';
import { formatWeather, parseWeather, type WeatherSpec } from '@faultline/protocol';

/** A parsed weather that has not begun. */
export interface ReadWeather {
  readonly spec: WeatherSpec;
  readonly text: string;
}

interface Running {
  readonly text: string;
  /** The number of the change that began it. */
  readonly began: number;
  readonly beganMs: number;
  readonly changes: Iterator<WeatherChange>;
  timer?: NodeJS.Timeout;
}

export interface WeatherOptions {
  readonly seed: string;
  readonly trueNow: () => number;
  /** Called for a change that is due at `atTrueMs`. `began`: the number with which its weather began. */
  readonly onDue: (
    node: string,
    began: number,
    apply: WeatherChange['apply'],
    atTrueMs: number,
  ) => void;
}

/** Longer than the delay of a message to a node that is not busy. */
const leadMs = 200;
const timerMsMax = 0x7fffffff;

/** Throws BAD_REQUEST, BAD_DURATION, BAD_PERCENT. */
export const readWeather = (text: string): ReadWeather => withText(parseWeather(text));

export const withText = (spec: WeatherSpec): ReadWeather => ({ spec, text: formatWeather(spec) });

/** One weather per node is in force. Earlier ones keep running, and are in force again if it is reverted. */
export class Weather {
  readonly #options: WeatherOptions;
  /** By node, and by the number of the change that began it. */
  readonly #running = new Map<string, Map<number, Running>>();

  constructor(options: WeatherOptions) {
    this.#options = options;
  }

  /** The text of a weather; null: none. */
  textOf(node: string, began: number): string | null {
    return this.#running.get(node)?.get(began)?.text ?? null;
  }

  /** Returns the first change, which is due at once. */
  begin(
    node: string,
    began: number,
    { spec, text }: ReadWeather,
    atTrueMs: number,
  ): WeatherChange['apply'] {
    const key = deriveKey(this.#options.seed, 'weather', text, node);
    const changes = forecast(spec, (change, which) => uniform(key, change, which));
    const first = changes.next().value!;
    if (spec.kind !== 'perfect') {
      const running = { text, began, beganMs: atTrueMs, changes };
      const ofNode = this.#running.get(node) ?? new Map<number, Running>();
      this.#running.set(node, ofNode.set(began, running));
      this.#await(node, running);
    }
    return first.apply;
  }

  end(node: string, began: number): void {
    const ofNode = this.#running.get(node);
    clearTimeout(ofNode?.get(began)?.timer);
    ofNode?.delete(began);
  }

  endAll(node: string): void {
    for (const began of [...(this.#running.get(node)?.keys() ?? [])]) this.end(node, began);
    this.#running.delete(node);
  }

  close(): void {
    for (const node of [...this.#running.keys()]) this.endAll(node);
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
      onDue(node, running.began, apply, dueMs);
      this.#await(node, running);
    };
    // Asynchronous: the caller sets the first state before the second change is due.
    running.timer = setTimeout(wait, 0);
  }
}
