/**
 * Clock weather, as one writes it: a name, and how bad it gets at most.
 *
 *   perfect
 *   ntp 5ms every 16s        wrong by 5 ms at most, corrected every 16 s: the default
 *   drifting 100ppm          each node by its own rate, fast or slow
 *   jumping 3s every 20s     wrong by 3 s at most, set to another time every 20 s on average
 *   frozen
 *   leap in 10s              a second that comes twice
 *   leap smeared over 24h in 10s
 *
 * What a weather does is in the clocks package; these are its settings.
 */
import { FaultlineError } from '../errors.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { parsePpm } from './ppm.ts';

export type WeatherSpec =
  | { readonly kind: 'perfect' | 'frozen' }
  | { readonly kind: 'ntp'; readonly errorMs: number; readonly everyMs: number }
  | { readonly kind: 'drifting'; readonly ppm: number }
  | { readonly kind: 'jumping'; readonly byMs: number; readonly everyMs: number }
  | { readonly kind: 'leap'; readonly inMs: number; readonly smearMs: number | null };

const form = 'a weather: perfect, ntp, drifting, jumping, frozen or leap';
const dayMs = 86_400_000;

/** Throws BAD_REQUEST, BAD_DURATION, BAD_PERCENT. */
export function parseWeather(text: string): WeatherSpec {
  const words = new Words(text);
  const spec = readKind(words);
  words.end();
  return spec;
}

/** The same weather with all its settings, from which `parseWeather` gets it back. */
export function formatWeather(weather: WeatherSpec): string {
  switch (weather.kind) {
    case 'ntp':
      return `ntp ${formatDuration(weather.errorMs)} every ${formatDuration(weather.everyMs)}`;
    case 'drifting':
      return `drifting ${weather.ppm}ppm`;
    case 'jumping':
      return `jumping ${formatDuration(weather.byMs)} every ${formatDuration(weather.everyMs)}`;
    case 'leap': {
      const { inMs, smearMs } = weather;
      const smeared = smearMs === null ? '' : ` smeared over ${formatDuration(smearMs)}`;
      return `leap${smeared} in ${formatDuration(inMs)}`;
    }
    default:
      return weather.kind;
  }
}

function readKind(words: Words): WeatherSpec {
  const kind = words.take();
  switch (kind) {
    case 'perfect':
    case 'frozen':
      return { kind };
    case 'ntp': {
      const errorMs = words.duration('an error of', 5, 0.001, 10_000);
      return { kind, errorMs, everyMs: words.after('every', 16_000, 1000, dayMs) };
    }
    case 'drifting': {
      const ppm = words.isAtEnd ? 100 : parsePpm(words.take());
      if (ppm > 0 && ppm <= 500_000) return { kind, ppm };
      throw words.error('a drift above 0ppm and of at most 50%');
    }
    case 'jumping': {
      const byMs = words.duration('jumps of', 3000, 1, 1000 * dayMs);
      return { kind, byMs, everyMs: words.after('every', 20_000, 100, dayMs) };
    }
    case 'leap': {
      const isSmeared = words.takes('smeared');
      // Twice as long as the second itself, so that time continues at half speed.
      const smearMs = isSmeared ? words.after('over', dayMs, 2000, 30 * dayMs) : null;
      return { kind, inMs: words.after('in', 10_000, 0, 365 * dayMs), smearMs };
    }
    default:
      throw words.error(form);
  }
}

class Words {
  readonly #text: string;
  readonly #words: string[];

  constructor(text: string) {
    this.#text = text;
    this.#words = String(text).trim().split(/\s+/);
  }

  get isAtEnd(): boolean {
    return this.#words.length === 0;
  }

  take(): string {
    return this.#words.shift() ?? '';
  }

  takes(word: string): boolean {
    if (this.#words[0] !== word) return false;
    this.#words.shift();
    return true;
  }

  /** A duration where one stands, or the default. */
  duration(what: string, otherwiseMs: number, leastMs: number, mostMs: number): number {
    if (!/^[-+−\d]/.test(this.#words[0] ?? '')) return otherwiseMs;
    return this.#read(what, leastMs, mostMs);
  }

  /** The duration behind a word, or the default where the word is not there. */
  after(word: string, otherwiseMs: number, leastMs: number, mostMs: number): number {
    if (!this.takes(word)) return otherwiseMs;
    if (this.isAtEnd) throw this.error(`a duration after ${word}`);
    return this.#read(word, leastMs, mostMs);
  }

  #read(what: string, leastMs: number, mostMs: number): number {
    const ms = parseDuration(this.take());
    if (ms >= leastMs && ms <= mostMs) return ms;
    const range = `${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
    throw this.error(`${what} ${range}`);
  }

  end(): void {
    if (!this.isAtEnd) throw this.error(`the end, not ${JSON.stringify(this.#words[0])},`);
  }

  error(expected: string): FaultlineError {
    return new FaultlineError(
      'BAD_REQUEST',
      `expected ${expected}, got ${JSON.stringify(this.#text)}`,
      { text: this.#text, expected },
    );
  }
}
