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
  readonly sync?: boolean | string;
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
    .option('--sync [error]', 'set the wall clock to true time, but for an error: 2ms')
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
    ...(options.sync === undefined
      ? {}
      : { sync: options.sync === true ? {} : { error: String(options.sync) } }),
    ...(options.setError === undefined ? {} : { setError: options.setError }),
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
