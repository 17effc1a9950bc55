/** The flags of `clock` that are not just options, and its examples. */
import { FaultlineError } from '@faultline/protocol';
import type { Help, Typed } from '../help.ts';
import type { ClockChange } from './clock.ts';

export const clockHelp: Help<keyof ClockChange> = {
  flags: {
    strobe: {
      flag: '--strobe <delta/period>',
      description: 'flip the wall clock forth and back: 200ms/1s; off: no more',
      read: (typed) => ({ strobe: readStrobe(String(typed)) }),
    },
    slew: {
      flag: '--slew <by@rate>',
      description: 'move both clocks little by little: -100ms or -100ms@500ppm',
      read: (typed) => ({ slew: readSlew(String(typed)) }),
    },
    sync: {
      flag: '--sync [how...]',
      description:
        "ask the time server over the network, as NTP does: once, 'every 10s', off; 2ms: as --set-error",
      read: readSync,
    },
    revert: {
      flag: '--revert <changes>',
      description: 'take back the latest change by these flags, and leave the others: slew,weather',
      read: (typed) => ({ revert: readChanges(String(typed)) }),
    },
  },
  notes: `Several settings in one command are one change: all of them or, where one is wrong, none. The clock
is set right first, and then made to drift, jump, slew, strobe and freeze, in this order.

--sync has the node ask the client 'time', over the router and its rules, eight times, and believe the
fastest answer: its error is half of what the ways there and back differ by, and the bound it knows is
half of what they take together. Bend them with pnpm cluster link 'n1>time' --delay 100ms. Once, the
clock is set at once; with every, an error below 128 ms is slewed at 500 ppm.

Weather, with what each means where nothing else is said:
  perfect
  ntp 5ms every 16s              kept by a time server: wrong by 5 ms at most, corrected by slewing
  drifting 100ppm                each node at a rate of its own, 1 to 100 ppm fast or slow
  jumping 3s every 20s           set to another time now and then, 3 s wrong at most
  frozen
  leap in 10s                    a leap second: a second that comes twice
  leap smeared over 24h in 10s   a leap second that is spread
It begins with a perfect clock, is drawn from the seed for each node, and goes on until another
weather or --reset. Changes by hand come on top.`,
  examples: [
    'clock n5 --jump +1h',
    'clock n2 --drift 200ppm',
    "clock all --weather 'jumping 500ms every 5s'",
    'clock all --sync',
    'clock n1-n3 --sync every 10s',
    'clock n2 --set-error -2ms',
    'clock n2 --revert drift',
    'clock all --reset',
  ],
};

/** An error that is named is no question to a time server: it is set. */
function readSync(typed: Typed, { setError }: { readonly setError?: unknown }): ClockChange {
  const texts = typed === true ? [] : typeof typed === 'string' ? [typed] : typed;
  const words = texts.flatMap((text) => text.trim().split(/\s+/));
  if (words.length === 0) return { sync: {} };
  const [first = '', every] = words;
  if (words.length === 1 && first === 'off') return { sync: { every: 'off' } };
  if (words.length === 2 && first === 'every') return { sync: { every: every! } };
  if (words.length === 1 && /^[-+−\d]/.test(first)) {
    return setError === undefined ? { setError: first } : { sync: {} };
  }
  throw new FaultlineError(
    'BAD_REQUEST',
    `expected --sync alone, --sync every 10s, --sync off, or an error such as --sync 2ms, got ${JSON.stringify(words.join(' '))}`,
  );
}

/** `set-error` as `setError`; each stands for the latest of its kind. */
function readChanges(text: string): object {
  const names = text
    .split(',')
    .map((name) =>
      name.trim().replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    );
  return Object.fromEntries(names.map((name) => [name, true]));
}

function readStrobe(text: string): NonNullable<ClockChange['strobe']> {
  if (text === 'off') return text;
  const [delta, period, ...rest] = text.split('/');
  if (!delta || !period || rest.length > 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `expected delta/period such as 200ms/1s, or off, got ${JSON.stringify(text)}`,
    );
  }
  return { delta, period };
}

function readSlew(text: string): NonNullable<ClockChange['slew']> {
  const [by, rate, ...rest] = text.split('@');
  if (!by || rate === '' || rest.length > 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `expected by or by@rate such as -100ms@500ppm, got ${JSON.stringify(text)}`,
    );
  }
  return rate === undefined ? { by } : { by, rate };
}
