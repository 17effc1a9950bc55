/** `clock`: what nodes think the time is. */
import { type ClockChange, FaultlineError } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { once } from '../parse.ts';

interface ClockOptions extends GlobalOptions {
  readonly jump?: string;
  readonly drift?: string;
  readonly freeze?: boolean;
  readonly thaw?: boolean;
  readonly strobe?: string;
  readonly slew?: string;
  readonly sync?: true | readonly string[];
  readonly setError?: string;
  readonly weather?: string;
  readonly reset?: boolean;
}

export function addClock(program: Command): void {
  program
    .command('clock <nodes...>')
    .description('change what nodes think the time is')
    .option('--jump <duration>', 'move the wall clock at once: +5s, -1h', once('--jump'))
    .option('--drift <ppm>', 'run fast or slow from now on: 200ppm, -5%', once('--drift'))
    .option('--freeze', 'stop the wall clock')
    .option('--thaw', 'let a frozen wall clock go on')
    .option(
      '--strobe <delta/period>',
      'flip the wall clock forth and back: 200ms/1s; off: no more',
      once('--strobe'),
    )
    .option(
      '--slew <by@rate>',
      'move both clocks little by little: -100ms or -100ms@500ppm',
      once('--slew'),
    )
    .option(
      '--sync [how...]',
      "ask the time server over the network, as NTP does: once, 'every 10s', off; 2ms: as --set-error",
    )
    .option(
      '--set-error <duration>',
      'set the wall clock to true time, but for an error: 2ms, -2ms, 0',
      once('--set-error'),
    )
    .option(
      '--weather <weather>',
      "what goes on with it from now on: ntp, 'drifting 50ppm', jumping, frozen, leap, perfect",
      once('--weather'),
    )
    .option('--reset', 'a perfect clock again')
    .addHelpText(
      'after',
      `
Several settings in one command are one change: all of them or, where one is wrong, none. The clock
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
weather or --reset. Changes by hand come on top.

Examples:
  pnpm cluster clock n5 --jump +1h
  pnpm cluster clock n2 --drift 200ppm
  pnpm cluster clock all --weather 'jumping 500ms every 5s'
  pnpm cluster clock all --sync
  pnpm cluster clock n1-n3 --sync every 10s
  pnpm cluster clock n2 --set-error -2ms
  pnpm cluster clock all --reset`,
    )
    .action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<ClockOptions>();
      const answer = await connect(options).clock(nodes.join(','), changeOf(options));
      print(options, answer, () => formatNodes(answer.nodes));
    });
}

function changeOf(options: ClockOptions): ClockChange {
  const change: ClockChange = {
    ...(options.jump === undefined ? {} : { jump: options.jump }),
    ...(options.drift === undefined ? {} : { drift: options.drift }),
    ...(options.freeze ? { freeze: true } : {}),
    ...(options.thaw ? { thaw: true } : {}),
    ...(options.strobe === undefined ? {} : { strobe: strobeOf(options.strobe) }),
    ...(options.slew === undefined ? {} : { slew: slewOf(options.slew) }),
    ...(options.setError === undefined ? {} : { setError: options.setError }),
    ...syncOf(options),
    ...(options.weather === undefined ? {} : { weather: options.weather }),
    ...(options.reset ? { reset: true } : {}),
  };
  if (Object.keys(change).length === 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected a change: --jump, --drift, --freeze, --thaw, --strobe, --slew, --sync, --set-error, --weather or --reset',
    );
  }
  return change;
}

/** An error that is named is no question to a time server: it is set. */
function syncOf({ sync, setError }: ClockOptions): Pick<ClockChange, 'sync' | 'setError'> {
  if (sync === undefined) return {};
  const words = sync === true ? [] : sync.flatMap((text) => text.trim().split(/\s+/));
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

function strobeOf(text: string): NonNullable<ClockChange['strobe']> {
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

function slewOf(text: string): { by: string; rate?: string } {
  const [by, rate, ...rest] = text.split('@');
  if (!by || rate === '' || rest.length > 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `expected by or by@rate such as -100ms@500ppm, got ${JSON.stringify(text)}`,
    );
  }
  return rate === undefined ? { by } : { by, rate };
}
