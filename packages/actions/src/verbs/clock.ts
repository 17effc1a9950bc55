/** Changes of a node's clock: by hand, by synchronization and by weather. They outlive the process. */
import {
  FaultlineError,
  parseDuration,
  parsePpm,
  parseWeather,
  type WeatherSpec,
} from '@faultline/protocol';
import * as Type from 'typebox';
import { anyState } from '../states.ts';
import { duration, ppm, type TextKind, weather } from '../texts.ts';
import { nodeFault } from '../verb.ts';
import { clockHelp } from './clock-help.ts';

const options = Type.Object(
  {
    jump: Type.Optional(
      Type.String({ description: 'make the wall clock jump: +5s, -1h', examples: ['+5s'] }),
    ),
    drift: Type.Optional(
      Type.String({
        description: 'make both clocks run fast or slow: 200ppm, -5%',
        examples: ['200ppm'],
      }),
    ),
    freeze: Type.Optional(Type.Boolean({ description: 'stop the wall clock' })),
    thaw: Type.Optional(Type.Boolean({ description: 'restart a frozen wall clock' })),
    strobe: Type.Optional(
      Type.Union(
        [
          Type.Object(
            {
              delta: Type.String({ description: 'by how much: 200ms' }),
              period: Type.String({ description: 'there and back: 1s' }),
            },
            { additionalProperties: false },
          ),
          Type.Literal('off', { description: 'stop flipping' }),
        ],
        { description: 'flip the wall clock back and forth' },
      ),
    ),
    slew: Type.Optional(
      Type.Object(
        {
          by: Type.String({ description: 'by how much: -100ms' }),
          rate: Type.Optional(Type.String({ description: 'how fast (default: 500ppm)' })),
        },
        { additionalProperties: false, description: 'shift both clocks gradually' },
      ),
    ),
    sync: Type.Optional(
      Type.Object(
        {
          every: Type.Optional(
            Type.String({
              description:
                'interval, such as 10s: large errors are stepped, small ones slewed; off: stop synchronizing',
            }),
          ),
        },
        {
          additionalProperties: false,
          description:
            'synchronize the wall clock with the time server over the network, as NTP does',
        },
      ),
    ),
    setError: Type.Optional(
      Type.String({
        description: 'set the wall clock to true time plus an error: 2ms, -2ms, 0',
        examples: ['2ms'],
      }),
    ),
    weather: Type.Optional(
      Type.String({
        description:
          "how the clock behaves from now on: ntp, 'drifting 50ppm', jumping, frozen, leap, perfect",
        examples: ['ntp 5ms'],
      }),
    ),
    revert: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          minProperties: 1,
          description:
            'undo the latest change by each of these options, and keep the rest; each with the value that it was given, or true',
          examples: [{ slew: true }, { jump: '+5s' }],
        },
      ),
    ),
    reset: Type.Optional(Type.Boolean({ description: 'make the clock perfect again' })),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type ClockChange = Type.Static<typeof options>;

/** Named settings change, in the order of these properties. */
export interface ClockRequest {
  readonly reset: boolean;
  /** Options with their values; true: any value. */
  readonly revert?: readonly (readonly [option: string, value: unknown])[];
  readonly weather?: WeatherSpec;
  /** `everyMs`: the interval (default: only once). */
  readonly sync?: { readonly everyMs?: number | 'off' };
  readonly setErrorMs?: number;
  readonly driftPpm?: number;
  readonly jumpMs?: number;
  readonly slew?: { readonly byMs: number; readonly ratePpm: number };
  readonly strobe?: { readonly deltaMs: number; readonly periodMs: number } | 'off';
  readonly freeze: boolean;
  readonly thaw: boolean;
  /** The request, as it came. */
  readonly change: ClockChange;
}

const revertible = Object.keys(options.properties).filter(
  (name) => name !== 'revert' && name !== 'reset',
);
const defaultSlewPpm = 500;
const everyMsMin = 1000;
const everyMsMax = 86_400_000;

/** Options that contradict each other, and what to do instead. */
const contradictions: readonly (readonly [keyof ClockChange, keyof ClockChange, string])[] = [
  ['freeze', 'thaw', 'a clock either stops or runs: use one of them'],
  ['freeze', 'strobe', 'a frozen clock does not flip: use one of them'],
  ['sync', 'setError', 'an error is either measured or set: use one of them'],
];

const such = (example: string): TextKind => ({
  ...duration,
  expected: `a duration such as ${example}`,
});

export const clock = nodeFault({
  name: 'clock',
  summary: 'change what nodes think the time is',
  accepts: anyState,
  needsSdk: "it reads the machine's clock, which cannot be changed",
  options,
  errors: ['ROUTER_DOWN', 'CALL_UNKNOWN'],
  texts: {
    jump: such('+5s'),
    drift: { ...ppm, expected: 'a drift such as 200ppm' },
    strobe: { delta: such('200ms'), period: such('1s') },
    slew: { by: such('-100ms'), rate: ppm },
    setError: such('2ms'),
    weather,
  },
  /** Throws BAD_DURATION, BAD_PERCENT, BAD_REQUEST. */
  read(change): ClockRequest {
    requireConsistent(change);
    const { jump, drift, strobe, slew, sync, setError } = change;
    return {
      reset: change.reset === true,
      ...(change.revert === undefined ? {} : { revert: readRevert(change.revert) }),
      ...(change.weather === undefined ? {} : { weather: parseWeather(change.weather) }),
      ...(sync === undefined
        ? {}
        : { sync: sync.every === undefined ? {} : { everyMs: readEvery(sync.every) } }),
      ...(setError === undefined ? {} : { setErrorMs: parseDuration(setError) }),
      ...(drift === undefined ? {} : { driftPpm: parsePpm(drift) }),
      ...(jump === undefined ? {} : { jumpMs: parseDuration(jump) }),
      ...(slew === undefined
        ? {}
        : {
            slew: {
              byMs: parseDuration(slew.by),
              ratePpm: slew.rate === undefined ? defaultSlewPpm : parsePpm(slew.rate),
            },
          }),
      ...(strobe === undefined
        ? {}
        : {
            strobe:
              strobe === 'off'
                ? strobe
                : {
                    deltaMs: parseDuration(strobe.delta),
                    periodMs: parseDuration(strobe.period),
                  },
          }),
      freeze: change.freeze === true,
      thaw: change.thaw === true,
      change,
    };
  },
  cure: { reset: true },
  undo: undoClock,
  describe: (change) => `with its clock changed: ${JSON.stringify(change)}`,
  help: clockHelp,
});

function requireConsistent(change: ClockChange): void {
  if (Object.values(change).every((value) => value === undefined)) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected a change: --jump, --drift, --freeze, --thaw, --strobe, --slew, --sync, --set-error, --weather, --revert or --reset',
    );
  }
  const named = (Object.keys(change) as (keyof ClockChange)[]).filter(
    (name) => change[name] !== undefined && change[name] !== false,
  );
  const found = contradictions.find(([one, other]) => named.includes(one) && named.includes(other));
  if (found !== undefined) {
    const [one, other, says] = found;
    throw new FaultlineError('BAD_REQUEST', `${one} and ${other} contradict each other: ${says}`, {
      settings: [one, other],
    });
  }
  const whole = (['reset', 'weather', 'revert'] as const).find((name) => named.includes(name));
  const others = named.filter((name) => name !== whole);
  if (whole !== undefined && others.length > 0) {
    const begins = whole === 'revert' ? '' : 'starts from a perfect clock and ';
    throw new FaultlineError(
      'BAD_REQUEST',
      `${whole} ${begins}accepts no other option: ${whole} first, then ${others.join(', ')}`,
      { settings: named },
    );
  }
}

function readEvery(text: string): number | 'off' {
  if (text === 'off') return text;
  const everyMs = parseDuration(text);
  if (everyMs >= everyMsMin && everyMs <= everyMsMax) return everyMs;
  throw new FaultlineError('BAD_REQUEST', `expected an interval from 1s to 1d, got ${text}`, {
    every: text,
  });
}

function readRevert(revert: object): [option: string, value: unknown][] {
  for (const option of Object.keys(revert)) {
    if (revertible.includes(option)) continue;
    throw new FaultlineError(
      'BAD_REQUEST',
      `expected which changes to undo, one or more of ${revertible.join(', ')}, got ${JSON.stringify(option)}`,
      { option },
    );
  }
  return Object.entries(revert);
}

/** Undoes that change alone: earlier and later changes stay. */
function undoClock(change: ClockChange) {
  const requested = Object.entries(change).filter(
    ([option, value]) => revertible.includes(option) && value !== undefined && value !== false,
  );
  return requested.length === 0
    ? null
    : { verb: 'clock', options: { revert: Object.fromEntries(requested) } };
}
