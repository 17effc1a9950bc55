/** The flags of `clock` that are not simply options, and its examples. */
import { FaultlineError } from '@faultline/protocol';
import type { Help, Typed } from '../help.ts';
import type { ClockChange } from './clock.ts';

export const clockHelp: Help<keyof ClockChange> = {
  flags: {
    strobe: {
      flag: '--strobe <delta/period>',
      description: 'flip the wall clock back and forth: 200ms/1s; off: stop flipping',
      read: (typed) => ({ strobe: readStrobe(String(typed)) }),
    },
    slew: {
      flag: '--slew <by@rate>',
      description: 'shift both clocks gradually: -100ms or -100ms@500ppm',
      read: (typed) => ({ slew: readSlew(String(typed)) }),
    },
    sync: {
      flag: '--sync [how...]',
      description:
        "synchronize with the time server over the network, as NTP does: once, 'every 10s', off; 2ms: same as --set-error",
      read: readSync,
    },
    revert: {
      flag: '--revert <changes>',
      description: 'undo the latest change by each of these flags, and keep the rest: slew,weather',
      read: (typed) => ({ revert: readChanges(String(typed)) }),
    },
  },
  notes: `Settings in one command are one change: all apply or, if one is invalid, none. The clock is corrected
first, and then made to drift, jump, slew, strobe and freeze, in this order.

With --sync the node queries the client 'time' eight times, through the router and its rules, and uses
the fastest reply. The error is half the difference between the two directions; the error bound that
the node knows is half the round trip. To see both, try pnpm cluster link 'n1>time' --delay 100ms.
Without 'every', the clock is set at once; with it, an error below 128 ms is slewed at 500 ppm.

Weather, with default values:
  perfect
  ntp 5ms every 16s              disciplined by a time server: off by at most 5 ms, corrected by slewing
  drifting 100ppm                each node at its own rate, 1 to 100 ppm fast or slow
  jumping 3s every 20s           set to a wrong time now and then, off by at most 3 s
  frozen
  leap in 10s                    a leap second: one second repeats
  leap smeared over 24h in 10s   a leap second, spread out
Weather starts from a perfect clock, is drawn from the seed for each node, and lasts until another
weather or --reset. Manual changes add to it.`,
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

/** `--sync 2ms` does not query the time server: it sets that error. */
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

/** Turns `set-error` into `setError`; each names the latest change of its kind. */
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
