/**
 * Clock weather: the background behavior of the clocks of a whole cluster.
 *
 *   perfect    the true wall
 *   ntp        kept by a time server: never right and never far off, corrected by slewing
 *   drifting   runs at its own rate, like an uncorrected crystal
 *   jumping    now and then the wall is set to another time, somewhere around the true one
 *   frozen     the wall stands still
 *   leap       a leap second: a second of the wall comes twice or, smeared, every second is a little
 *              longer for a while
 *
 * A forecast is the list of changes that a weather makes to one clock, each with its moment. It is a
 * function of the weather and of `draw` alone, and `draw` one of seed and node: a process that has these
 * knows the whole forecast beforehand. What a change makes of a clock depends on the clock, too: a
 * wall that was moved by hand is brought back by the next correction, as it would be.
 *
 * This file keeps no time. The caller has to make the changes when they are due.
 */
import { discipline, drift, freeze, jump, slew, synchronise } from './skewed/changes.ts';
import { offsetAt } from './skewed/readings.ts';
import type { ClockState } from './skewed/state.ts';

export type Weather =
  | { readonly kind: 'perfect' | 'frozen' }
  /** Wrong by `errorMs` at most; a correction about every `everyMs`. */
  | { readonly kind: 'ntp'; readonly errorMs: number; readonly everyMs: number }
  /** By how much at most; at least by 1 ppm, where that is less. */
  | { readonly kind: 'drifting'; readonly ppm: number }
  /** Wrong by `byMs` at most; the time from jump to jump is exponential with mean `everyMs`. */
  | { readonly kind: 'jumping'; readonly byMs: number; readonly everyMs: number }
  /** After `inMs`; `smearMs`: over how long it is worked in, null: all at once. */
  | { readonly kind: 'leap'; readonly inMs: number; readonly smearMs: number | null };

/** A number from 0 to below 1 for the k-th change of a clock; `which` identifies the draw. */
export type WeatherDraw = (change: number, which: number) => number;

export interface WeatherChange {
  /** When it is due, in true time since the weather began. Never less than that of the one before. */
  readonly afterMs: number;
  readonly apply: (state: ClockState, atTrueMs: number) => ClockState;
}

/** Drifts below this are no drift that anybody would notice. */
const driftPpmMin = 1;
const leapSecondMs = 1000;
/** Corrections come a little early or late, so that nodes are not corrected all at once. */
const pollJitter = 0.1;

/** The first change is due at once, and makes the clock perfect before it does anything else. */
export function* forecast(weather: Weather, draw: WeatherDraw): Generator<WeatherChange> {
  switch (weather.kind) {
    case 'perfect':
      yield atOnce((state) => state);
      return;
    case 'frozen':
      yield atOnce(freeze);
      return;
    case 'drifting': {
      const least = Math.min(driftPpmMin, weather.ppm);
      const ppm = least + draw(0, 0) * (weather.ppm - least);
      yield atOnce((state, atMs) => drift(state, atMs, draw(0, 1) < 0.5 ? ppm : -ppm));
      return;
    }
    case 'leap':
      yield atOnce((state) => state);
      yield {
        afterMs: weather.inMs,
        apply: (state, atMs) => insertLeapSecond(state, atMs, weather.smearMs),
      };
      return;
    case 'ntp':
      yield* corrections(weather, draw);
      return;
    case 'jumping':
      yield* jumps(weather, draw);
  }
}

function atOnce(apply: WeatherChange['apply']): WeatherChange {
  return {
    afterMs: 0,
    apply: (state, atMs) => apply(drift(synchronise(state, atMs), atMs, 0), atMs),
  };
}

/**
 * As POSIX clocks do it, 23:59:59 is read twice; or, as Google's time servers have done since 2008,
 * the second is spread evenly, and no reading comes twice. The true wall here knows of no leap second,
 * so that either way the clock is a second behind it from then on.
 */
function insertLeapSecond(state: ClockState, atMs: number, smearMs: number | null): ClockState {
  if (smearMs === null) return jump(state, atMs, -leapSecondMs);
  return slew(state, atMs, { byMs: -leapSecondMs, ratePpm: (leapSecondMs / smearMs) * 1e6 });
}

/** Each measures the clock's error with its own error, and uses the result. */
function* corrections(
  { errorMs, everyMs }: Weather & { kind: 'ntp' },
  draw: WeatherDraw,
): Generator<WeatherChange> {
  const errorOf = (k: number): number => (2 * draw(k, 0) - 1) * errorMs;
  yield atOnce((state, atMs) =>
    synchronise(state, atMs, { errorMs: errorOf(0), boundMs: errorMs }),
  );
  for (let k = 1; ; k++) {
    yield {
      afterMs: (k + pollJitter * (2 * draw(k, 1) - 1)) * everyMs,
      apply: (state, atMs) =>
        discipline(state, atMs, { byMs: errorOf(k) - offsetAt(state, atMs), boundMs: errorMs }),
    };
  }
}

function* jumps(
  { byMs, everyMs }: Weather & { kind: 'jumping' },
  draw: WeatherDraw,
): Generator<WeatherChange> {
  yield atOnce((state) => state);
  for (let k = 1, afterMs = 0; ; k++) {
    afterMs += -Math.log1p(-draw(k, 0)) * everyMs;
    const errorMs = (2 * draw(k, 1) - 1) * byMs;
    yield {
      afterMs,
      apply: (state, atMs) => jump(state, atMs, errorMs - offsetAt(state, atMs)),
    };
  }
}
